/** What `launchctl list | grep duende` finds. */
export const labelOf = (name: string): string => `com.duende.${name}`;
