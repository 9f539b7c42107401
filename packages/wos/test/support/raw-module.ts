import { Writer } from '../../src/rewrite/writer.ts';

/** A module of one function (i32) -> (), whose instructions are given as bytes, without its end. */
export function rawModule(instructions: Uint8Array): Uint8Array {
  const out = new Writer();
  const section = (id: number, ...content: number[]) => {
    out.byte(id);
    out.sized(Uint8Array.from(content));
  };
  out.raw(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
  section(1, 1, 0x60, 1, 0x7f, 0);
  section(3, 1, 0);
  const body = new Writer();
  body.byte(0);
  body.raw(instructions);
  body.byte(0x0b);
  const code = new Writer();
  code.byte(1);
  code.sized(body.written);
  out.byte(10);
  out.sized(code.written);
  return out.written.slice();
}
