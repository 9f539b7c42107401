// Puts the program of the jobs together in dist/job: the native supervisor's modules and, in their place or beside them, the job's own.
import { cpSync, rmSync } from 'node:fs';

const at = (path) => new URL(path, import.meta.url);
const isPerl = (path) => !/\.[a-z]+$/.test(path) || /\.p[lm]$/.test(path);
rmSync(at('dist/job'), { recursive: true, force: true });
cpSync(at('../native/supervisor/perl'), at('dist/job/perl'), { recursive: true, filter: isPerl });
cpSync(at('job'), at('dist/job'), { recursive: true, filter: isPerl });
