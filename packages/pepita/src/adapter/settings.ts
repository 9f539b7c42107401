import { parseSize } from '@duende/core/contract';
import { z } from 'zod';
import { vmmKinds } from '../vmm-rest/vmm-kind.ts';

const mebibyte = 1024 ** 2;
const absolute = z.string().startsWith('/', 'expected an absolute path');
const port = z.number().int().min(1).max(65_535);

const sizeIn = z.union([z.string(), z.number()]).transform((value, context) => {
  const bytes = parseSize(value);
  if (bytes !== undefined && bytes >= 80 * mebibyte) return Math.ceil(bytes / mebibyte) * mebibyte;
  context.addIssue({ code: 'custom', message: `expected 80M or more, got ${JSON.stringify(value)}` });
  return z.NEVER;
});

const portSchema = z.strictObject({
  guest: port,
  /** On 127.0.0.1; the same as `guest` without it. */
  host: port.optional(),
  protocol: z.enum(['tcp', 'udp']).default('tcp'),
});

export const settingsSchema = z.strictObject({
  /** What runs the VM; that of the adapter without it, which is QEMU unless it was made with another one. */
  vmm: z.enum(vmmKinds).optional(),
  /** Processors; as many as `resources.cpuQuota` needs without it, and one without that. */
  vcpus: z.number().int().min(1).max(64).optional(),
  /** Bytes of the whole guest, its kernel included. */
  memory: sizeIn.optional(),
  /** A vmlinux or bzImage with virtio, EROFS and overlayfs built in, or a folder of `pepita setup`. */
  kernel: absolute.optional(),
  /** A file with the root file system, instead of one made of this machine's files. */
  rootfs: absolute.optional(),
  /** False: the root cannot be written. Without it a layer in memory takes what is written. */
  overlay: z.boolean().default(true),
  /** Files and folders of this machine that are packed into the root. */
  files: z.array(absolute).default([]),
  /** `user`: the guest may connect to others. */
  network: z.enum(['none', 'user']).optional(),
  /** Ports of this machine that lead into the guest. */
  ports: z.array(portSchema).default([]),
  /** Context identifier of vsock, of no other VM here; the next free one without it. */
  vsockCid: z.number().int().min(3).max(0xff_ff_ff_fe).optional(),
  /** False boots the guest, whether or not there is a snapshot of one. */
  template: z.boolean().default(true),
});

export type PepitaSettings = z.output<typeof settingsSchema>;

/** For the test that compares them with `settingNames`. */
export const schemaNames: readonly string[] = Object.keys(settingsSchema.shape);
