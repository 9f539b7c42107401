// QuickJS as it is, by quickjs-wasi: evaluates each text that it is sent, in a VM of its own, and sends what it came to.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { QuickJS } from 'quickjs-wasi';

const file = createRequire(import.meta.url).resolve('quickjs-wasi/quickjs.wasm');
const wasm = new WebAssembly.Module(readFileSync(file));

process.on('message', (text: string) => {
  void QuickJS.create({ wasm } as unknown as Parameters<typeof QuickJS.create>[0]).then((engine) => {
    const value = engine.evalCode(text);
    process.send?.(engine.dump(value));
    value.dispose();
    engine.dispose();
  });
});
