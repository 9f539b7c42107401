import { basename, dirname, extname, isAbsolute, resolve } from 'node:path';
import type { DaemonSpecInput, Platform } from '@duende/core/contract';
import type { Arguments } from './arguments.ts';
import { setContainer } from './container-options.ts';
import type { Context } from './context.ts';
import { readEnvironment, readText } from './env-options.ts';
import { findProgram } from './find-program.ts';
import { type FieldOption, fieldOptions } from './spawn-fields.ts';
import { healthTimingOptions, setHealth } from './spawn-health.ts';
import { parseJson, parseJsonObject, SpecDraft } from './spec-draft.ts';
import { usageError } from './usage.ts';

/**
 * The daemon that a command line of `spawn` or `install` means. Its values are checked as a whole by the adapter.
 * @throws PlatformError Config / invalid-setting, SpawnFailed / exec-failed
 */
export async function readSpec(context: Context, platform: Platform): Promise<DaemonSpecInput> {
  const { args, io } = context;
  checkInputs(args);
  const draft = await baseSpec(context);
  setProgram(draft, context, platform);
  await setModule(draft, context);
  const cwd = args.text('cwd');
  if (cwd !== undefined) draft.set(['cwd'], resolve(io.cwd(), cwd), '--cwd');
  // `-- node server.js` means the file that is here, as it does in a shell.
  else if (args.program && hasOurFiles(platform) && draft.spec.cwd === undefined) {
    draft.set(['cwd'], io.cwd(), '--cwd');
  }
  const env = await readEnvironment(context);
  if (Object.keys(env).length > 0) draft.merge('env', env, '--env');
  setFields(draft, args);
  setHealth(draft, args);
  setContainer(draft, args, io.cwd());
  const labels = args.list('label').map(splitPair);
  if (labels.length > 0) draft.merge('labels', Object.fromEntries(labels), '--label');
  for (const [path, value] of args.list('set').map(splitPair)) {
    const hint = `A text is quoted twice: --set ${path}='"text"'`;
    draft.set(path.split('.'), parseJson(value, `--set ${path}`, hint), '--set');
  }
  checkComplete(draft);
  return draft.spec as DaemonSpecInput;
}

/** Whether the daemon sees the files of this machine by their own paths. */
function hasOurFiles(platform: Platform): boolean {
  return platform === 'native' || platform === 'linux' || platform === 'macos';
}

function checkInputs(args: Arguments): void {
  if (args.text('spec') === '-' && args.text('config-file') === '-') {
    throw usageError('--spec - and --config-file - cannot both read stdin');
  }
  if (args.has('config') && args.has('config-file'))
    throw usageError('Give --config or --config-file, not both');
  if (args.has('module') && args.program) {
    throw usageError('Give --module FILE or -- CMD, not both', 'A module is configured with --config');
  }
  if (args.program?.length === 0) throw usageError('There is no program after --');
}

async function baseSpec({ args, io }: Context): Promise<SpecDraft> {
  const file = args.text('spec');
  if (file === undefined) return new SpecDraft();
  const path = resolve(io.cwd(), file);
  const text = file === '-' ? await io.readInput() : readText(path, '--spec');
  const spec = parseJsonObject(text, `--spec ${file}`);
  // A file means its neighbours, wherever it is used from.
  const folder = file === '-' ? io.cwd() : dirname(path);
  for (const field of ['cwd', 'module', 'program']) {
    const value = spec[field];
    const isRelative = typeof value === 'string' && !isAbsolute(value) && !value.startsWith('file:');
    if (isRelative && value !== '' && (field !== 'program' || value.includes('/')))
      spec[field] = resolve(folder, value);
  }
  return new SpecDraft(spec);
}

function setProgram(draft: SpecDraft, { args, io }: Context, platform: Platform): void {
  const name = args.text('name');
  if (name !== undefined) draft.set(['name'], name, '--name');
  const [command, ...rest] = args.program ?? [];
  if (command !== undefined) {
    draft.set(['program'], findProgram(command, platform, io.cwd(), io.env), '--');
    draft.set(['args'], rest, '--');
  } else if (typeof draft.spec.program === 'string') {
    draft.set(['program'], findProgram(draft.spec.program, platform, io.cwd(), io.env), '--spec');
  }
}

async function setModule(draft: SpecDraft, { args, io }: Context): Promise<void> {
  const file = args.text('module');
  if (file !== undefined) {
    draft.set(['module'], file.startsWith('file:') ? file : resolve(io.cwd(), file), '--module');
    // Not the name in its definition: nothing of the module is run here.
    draft.spec.name ??= basename(file, extname(file));
  }
  const config = args.text('config');
  const configFile = args.text('config-file');
  if (config !== undefined) draft.set(['config'], parseJson(config, '--config'), '--config');
  if (configFile === undefined) return;
  const text =
    configFile === '-' ? await io.readInput() : readText(resolve(io.cwd(), configFile), '--config-file');
  draft.set(['config'], parseJson(text, `--config-file ${configFile}`), '--config-file');
}

function setFields(draft: SpecDraft, args: Arguments): void {
  const restart = args.text('restart');
  if (
    restart !== undefined ||
    fieldOptions.some(({ name, path }) => path[0] === 'restart' && args.has(name))
  ) {
    const [policy, max] = restart?.split(':') ?? [];
    const there = draft.spec.restart;
    draft.spec.restart = typeof there === 'string' ? { policy: there } : { ...(there as object) };
    if (policy !== undefined) draft.set(['restart', 'policy'], policy, '--restart');
    if (max !== undefined) draft.set(['restart', 'maxRestarts'], Number(max), '--restart');
  }
  for (const option of [...fieldOptions, ...healthTimingOptions]) {
    const text = args.text(option.name);
    if (text !== undefined) draft.set(option.path, fieldValue(option, text), `--${option.name}`);
  }
}

function fieldValue(option: FieldOption, text: string): unknown {
  if (option.as === 'number') return Number(text);
  const isId = (option.name === 'user' || option.name === 'group') && /^\d+$/.test(text);
  return isId ? Number(text) : text;
}

function splitPair(text: string): [string, string] {
  const equals = text.indexOf('=');
  return [text.slice(0, equals), text.slice(equals + 1)];
}

function checkComplete(draft: SpecDraft): void {
  const { name, program, module } = draft.spec;
  const example = 'duende spawn --name web -- node server.js';
  if (program === undefined && module === undefined) {
    const { container } = (draft.spec.platform ?? {}) as { container?: { image?: unknown } };
    if (container?.image !== undefined) {
      throw usageError(
        'There is nothing to run: the command of an image is not taken from it',
        `Give it after --: duende spawn --name web --image nginx -- nginx -g 'daemon off;'`,
      );
    }
    throw usageError(
      'There is nothing to run: expected -- CMD ARG... or --module FILE',
      `Example: ${example}`,
    );
  }
  if (name === undefined) throw usageError('--name is needed', `Example: ${example}`);
}
