/** The unit of a daemon, so that `systemctl status 'duende-*'` finds it. */
export const unitNameOf = (name: string): string => `duende-${name}.service`;

/**
 * The D-Bus object of a unit: every byte that is no ASCII letter or digit becomes `_xx`, and a digit in front too
 * (sd_bus_path_encode(3)).
 */
export function unitPathOf(unit: string): string {
  const escaped = [...Buffer.from(unit)]
    .map((byte, index) => {
      const character = String.fromCharCode(byte);
      const plain = /[A-Za-z]/.test(character) || (index > 0 && /\d/.test(character));
      return plain ? character : `_${byte.toString(16).padStart(2, '0')}`;
    })
    .join('');
  return `/org/freedesktop/systemd1/unit/${escaped}`;
}
