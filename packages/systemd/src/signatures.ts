import type { Connection } from './bus/connection.ts';

/** Interfaces whose properties a transient service takes. */
const faces = ['org.freedesktop.systemd1.Unit', 'org.freedesktop.systemd1.Service'];

/** The D-Bus signature of every property of a service, by name, as this systemd says itself (D-Bus specification, Introspectable). */
export async function serviceSignatures(
  connection: Connection,
  unitPath: string,
): Promise<Map<string, string>> {
  const xml = await connection.ask<string>({
    path: unitPath,
    interface: 'org.freedesktop.DBus.Introspectable',
    member: 'Introspect',
  });
  const signatures = new Map<string, string>();
  for (const [, face, body] of xml.matchAll(/<interface name="([^"]+)">(.*?)<\/interface>/gs)) {
    if (!faces.includes(face as string)) continue;
    for (const [, tag] of (body as string).matchAll(/<property ([^>]*)>/g)) {
      const name = /name="([^"]+)"/.exec(tag as string)?.[1];
      const type = /type="([^"]+)"/.exec(tag as string)?.[1];
      if (name !== undefined && type !== undefined) signatures.set(name, type);
    }
  }
  return signatures;
}
