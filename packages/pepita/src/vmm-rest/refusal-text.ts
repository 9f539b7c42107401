/** The strings in an answer, outermost first. */
function strings(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(strings);
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(strings);
  return [];
}

/**
 * Pure: what a VMM says of a request that it refuses, in one line. Firecracker answers `{"fault_message": TEXT}` (swagger, `Error`);
 * cloud-hypervisor an array, from the error to its cause (vmm/src/api/http/mod.rs, `error_response`), and before v44 plain text.
 */
export function refusalText(text: string): string {
  let found: string[] = [text];
  try {
    found = strings(JSON.parse(text));
  } catch {
    // Plain text.
  }
  const lines = found.map((line) => line.replace(/\s+/g, ' ').trim()).filter((line) => line !== '');
  // What says everything of the one after it is enough.
  return lines.filter((line, index) => !lines.slice(0, index).some((one) => one.includes(line))).join(': ');
}
