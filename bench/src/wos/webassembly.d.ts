/// <reference path="../../../packages/wos/src/kernel/webassembly.d.ts" />
