import { Buffer } from 'node:buffer';
import { wosError } from '../../protocol/errors.ts';
import type { Command } from '../command.ts';
import { processOptions } from '../option.ts';
import { withProcess } from '../session.ts';

/** The largest mailbox that a process can have. */
const longestMessage = 2 ** 20;

export const command: Command = {
  name: 'send',
  summary: 'Put a message into the mailbox of a process',
  positionals: ['pid', 'text'],
  afterDashes: 'TEXT',
  options: [
    ...processOptions,
    { name: 'text', value: 'TEXT', help: 'The message; what stdin has without it' },
  ],
  details: ['The process receives it with wos_receive() of wos.h; its sender is 0.'],
  examples: [
    'wos-ctl send --pid 2 reload',
    'wos-ctl send --name web reload',
    'wos-ctl send --pid 2 -- --verbose',
    'wos-ctl send --pid 2 < message.bin',
  ],
  async run(context) {
    const text = context.args.text('text');
    const bytes = text === undefined ? await readInput() : Buffer.from(text);
    await withProcess(context, async (client, pid) => {
      const sent = await client.request('send', { pid, base64: bytes.toString('base64') });
      if (sent === 'full') {
        throw wosError('SignalFailed', 'timeout', `The mailbox of ${pid} is full`, {
          hint: 'Send it again when the process has received some',
        });
      }
      if (sent === 'too-big') throw tooBig(bytes.length);
      if (context.json) context.out.json({ pid, bytes: bytes.length });
    });
    return undefined;
  },
};

const tooBig = (bytes: number) =>
  wosError('Config', 'invalid-setting', `The message has ${bytes} bytes: more than the mailbox ever takes`);

async function readInput(): Promise<Buffer> {
  const blocks: Buffer[] = [];
  let bytes = 0;
  for await (const block of process.stdin as AsyncIterable<Buffer>) {
    blocks.push(block);
    bytes += block.length;
    if (bytes > longestMessage) throw tooBig(bytes);
  }
  return Buffer.concat(blocks);
}
