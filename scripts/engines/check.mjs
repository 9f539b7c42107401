// Proves that the engines start, survive what tests do to them, and leave nothing. `node scripts/engines/check.mjs [NAME...]`
import { mkdtemp, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { command } from '../systemd/command.mjs';
import { image, makeImage } from './check-image.mjs';
import { startEngine } from './engine.mjs';
import { names, path, whyNot } from './machine.mjs';
import { call, leaveSwarm } from './swarm.mjs';
import { traces } from './traces.mjs';

const asked = process.argv.slice(2);
const wanted = asked.length > 0 ? asked : names;
const reason = whyNot(wanted);
if (reason) {
  console.error(reason);
  process.exit(69);
}

async function step(title, work) {
  const before = performance.now();
  try {
    const said = await work();
    console.log(
      `${String(Math.round(performance.now() - before)).padStart(6)} ms  ${title}${said ? `: ${said}` : ''}`,
    );
  } catch (error) {
    console.log(`   FAILED  ${title}: ${error.message}`);
    throw error;
  }
}

function expect(actual, wish, what) {
  if (actual !== wish)
    throw new Error(`${what} is ${JSON.stringify(actual)} instead of ${JSON.stringify(wish)}`);
}

const cli = (engine) => async (argv) => {
  const env = { ...process.env, ...engine.env, PATH: path };
  const { exitCode, output } = await command(argv, { env, timeout: 30_000 });
  if (exitCode !== 0) throw new Error(`${argv.join(' ')}: ${output}`);
  return output;
};

const limits = {
  Memory: 64 << 20,
  PidsLimit: 50,
  Ulimits: [
    { Name: 'nofile', Soft: 512, Hard: 512 },
    // Podman: without it, once another limit is given, it sets 1048576, which takes CAP_SYS_RESOURCE.
    { Name: 'nproc', Soft: 20_000, Hard: 20_000 },
  ],
};

/** Over the API that Docker and Podman share. */
async function create(engine, name, cmd, hostConfig) {
  const body = { Image: image, Cmd: cmd, StopTimeout: 1, HostConfig: { NetworkMode: 'none', ...hostConfig } };
  const { Id } = await call(engine, 'POST', `/v1.41/containers/create?name=${name}`, body);
  await call(engine, 'POST', `/v1.41/containers/${Id}/start`);
  return Id;
}
const inspect = (engine, id) => call(engine, 'GET', `/v1.41/containers/${id}/json`);
const logs = async (engine, id) => {
  const text = await call(engine, 'GET', `/v1.41/containers/${id}/logs?stdout=1&stderr=1`);
  return text
    .replace(/[^\n]{0,7}[\0-\x1f](?=[^\n]*\n)/g, '')
    .replace(/^[^\w]*/gm, '')
    .trim();
};

async function state(engine, id, wish) {
  let last;
  for (let tries = 0; tries < 200; tries++, await sleep(20)) {
    last = (await inspect(engine, id)).State.Status;
    if (last === wish) return last;
  }
  return last;
}

/** Docker and Podman. */
async function overHttp(engine, { layer }) {
  const run = cli(engine);
  await step('image', async () => {
    const program = engine.runtime === 'podman' ? ['podman'] : ['docker'];
    await run([...program, 'import', '--change', 'ENTRYPOINT ["/probe"]', layer, image]);
  });
  await step('a container with network none, a bind and limits', async () => {
    const hostConfig = { ...limits, Binds: ['/etc:/mnt:ro'] };
    const id = await create(engine, 'first', ['say', 'hello', 'open-files', '2000'], hostConfig);
    const { StatusCode } = await call(engine, 'POST', `/v1.41/containers/${id}/wait`);
    const said = await logs(engine, id);
    expect(StatusCode, 0, `exit code (${said})`);
    return said.replaceAll('\n', ', ');
  });
  await step('a container with network host', () =>
    create(engine, 'second', ['sleep', '600000'], { NetworkMode: 'host' }),
  );
  await step('kill -9 of the engine', () => engine.kill());
  await step('restart', () => engine.restart());
  await step('the container after it', async () => {
    const now = await state(engine, 'second', 'running');
    expect(now, 'running', 'state');
    return now;
  });
}

async function withoutLiveRestore(engine) {
  await step('restart in order without live restore', () => engine.restart({ liveRestore: false }));
  await step('the container after it', async () => {
    const now = await state(engine, 'second', 'exited');
    expect(now, 'exited', 'state');
    return now;
  });
  await step('a container, kill -9, restart', async () => {
    await create(engine, 'third', ['sleep', '600000']);
    await engine.kill();
    await engine.restart();
    const now = await state(engine, 'third', 'exited');
    expect(now, 'exited', 'state');
    return now;
  });
}

async function overGrpc(engine, { archive }) {
  const run = cli(engine);
  const ctr = (...args) => run(['ctr', '-n', 'duende', ...args]);
  await step('image', () => ctr('images', 'import', archive));
  await step('a container without network', async () => {
    const said = await ctr('run', '--rm', image, 'first', '/probe', 'say', 'hello');
    expect(said, 'hello', 'output');
    return said;
  });
  await step('a container with network host', () =>
    ctr('run', '-d', '--net-host', image, 'second', '/probe', 'sleep', '600000'),
  );
  await step('kill -9 of the engine', () => engine.kill());
  await step('restart', () => engine.restart());
  await step('the container after it', async () => {
    const line = (await ctr('tasks', 'ls')).split('\n').find((text) => text.startsWith('second'));
    expect(line?.split(/\s+/)[2], 'RUNNING', 'state');
    return 'running, with its shim';
  });
}

async function inSwarm(engine, { layer }) {
  await step('image', () =>
    cli(engine)(['docker', 'import', '--change', 'ENTRYPOINT ["/probe"]', layer, image]),
  );
  for (const network of [undefined, 'host'])
    await step(`a service with ${network ? `network ${network}` : 'no network'}`, async () => {
      const body = {
        Name: `on-${network}`,
        TaskTemplate: {
          ContainerSpec: { Image: image, StopGracePeriod: 1e9, Args: ['say', 'hello', 'sleep', '600000'] },
          ...(network ? { Networks: [{ Target: network }] } : {}),
        },
      };
      await call(engine, 'POST', '/v1.41/services/create', body);
      const filters = encodeURIComponent(JSON.stringify({ service: { [`on-${network}`]: true } }));
      for (let last = '', tries = 0; ; tries++, await sleep(50)) {
        const [task] = await call(engine, 'GET', `/v1.41/tasks?filters=${filters}`);
        last = `${task?.Status.State} ${task?.Status.Err ?? ''}`.trim();
        if (last === 'running') return last;
        if (tries === 200) throw new Error(`its task is ${last}`);
      }
    });
  await step('kill -9 and restart', async () => {
    await engine.kill();
    await engine.restart();
    const { Swarm } = await call(engine, 'GET', '/v1.41/info');
    return Swarm.LocalNodeState;
  });
  await step('leave', () => leaveSwarm(engine));
}

const before = await traces();
const folder = await mkdtemp('/tmp/duende-check-');
let failed = false;
try {
  const made = await makeImage(folder);
  for (const name of wanted) {
    console.log(`── ${name}`);
    let engine;
    try {
      await step('start', async () => {
        engine = await startEngine(name);
        return `${engine.storage}, pid ${engine.pid}, ${engine.address}`;
      });
      if (name === 'swarm') await inSwarm(engine, made);
      else if (name === 'containerd') await overGrpc(engine, made);
      else await overHttp(engine, made);
      if (name === 'docker') await withoutLiveRestore(engine);
    } catch (error) {
      failed = true;
      if (process.env.DUENDE_DEBUG) console.error(error);
    } finally {
      if (engine) await step('stop', () => engine.stop());
    }
  }
} finally {
  await rm(folder, { recursive: true });
}
let after = await traces();
for (let tries = 0; tries < 20 && [...after].some((line) => !before.has(line)); tries++, await sleep(100))
  after = await traces();
const left = [...after].filter((line) => !before.has(line));
for (const line of left) console.log(`left: ${line}`);
if (left.length === 0) console.log('Nothing is left.');
process.exit(failed || left.length > 0 ? 1 : 0);
