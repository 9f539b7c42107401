import { type DaemonSpec, moduleCommand } from '@duende/core/contract';
import { encodeFrames, healthCommandFile, resolveIdentity, resolveProgram } from '@duende/program';
import type { Context } from './daemon.ts';
import { serviceTarget } from './job.ts';
import { jobCommand, placeJobProgram } from './job-program.ts';
import { frameTags, jobFrames } from './render/frames.ts';
import { jobPlist, throttleOf } from './render/job-plist.ts';
import { plistText } from './render/plist-text.ts';

export interface JobDescription {
  /** Of the file `config`. */
  readonly config: Buffer;
  readonly plist: string;
  /** What will be executed, absolute. */
  readonly file: string;
}

function programOf(spec: DaemonSpec) {
  if ('module' in spec) {
    const { program, args, env } = moduleCommand(spec, 'macos');
    return { file: program, args, env };
  }
  const file = resolveProgram(spec.program, { platform: 'macos', path: spec.env.PATH, cwd: spec.cwd ?? '/' });
  return { file, args: spec.args, env: {} };
}

/** Looks up everything that the spec names, and renders it. @throws PlatformError SpawnFailed / exec-failed, Config */
export function describeJob(
  context: Context,
  id: string,
  spec: DaemonSpec,
  installed: boolean,
): JobDescription {
  const { state, domain, launchctl } = context;
  const program = programOf(spec);
  const input = {
    id,
    spec,
    program,
    identity: resolveIdentity(spec, 'macos'),
    healthCommand: healthCommandFile(spec, 'macos', spec.cwd ?? '/'),
  };
  const [place, rest] = jobFrames(state.base, input);
  const render = (command: readonly string[]) =>
    jobPlist({ spec, command, errors: state.file(spec.name, 'errors'), domain, installed });
  const throttle = throttleOf(render([]));
  const command = jobCommand({
    program: placeJobProgram(state.programs),
    folder: state.folder(spec.name),
    policy: spec.restart.policy,
    throttle,
    launchctl: launchctl.path,
    target: serviceTarget(context, spec.name),
  });
  return {
    config: Buffer.concat([encodeFrames(place, frameTags), encodeFrames(rest, frameTags)]),
    plist: plistText(render(command)),
    file: program.file,
  };
}
