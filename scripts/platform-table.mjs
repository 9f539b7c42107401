// The table of platforms in README.md, from the capabilities of the adapters. Needs a build.
//   node scripts/platform-table.mjs            prints it
//   node scripts/platform-table.mjs --write    puts it into README.md, between its marks
//   node scripts/platform-table.mjs --check    fails when README.md has another one
import { readFile, writeFile } from 'node:fs/promises';
import {
  PlatformError,
  platformTitles,
  registeredPlatforms,
  selectAdapter,
  summarizeCapabilities,
} from '../packages/duende/dist/index.js';

const begin = '<!-- platforms:begin -->';
const end = '<!-- platforms:end -->';
const readme = new URL('../README.md', import.meta.url);

/** How to see with the platform's own tool that a daemon really is there. */
const falsification = {
  native: 'npx --yes pnpm@12 demo',
  linux: "systemctl --user status 'duende-*'",
  macos: 'launchctl list | grep duende',
  container: 'docker ps | grep duende',
  pepita: 'pepita list | grep duende-vm',
  wos: 'wos-ctl ps | grep duende',
};

/** The machine's manager, whoever asks: that of a user can do less. And macOS as it is on a Mac, wherever this runs. */
const options = { linux: { scope: 'system' }, macos: { launchctl: '/macos' } };

const titles = ['signals', 'restart', 'readiness', 'health checks', 'limits', 'sandbox', 'trace', 'install'];
const head = ['Platform', 'Adapter', ...titles.map(capitalize), 'See for yourself'];
const limitsColumn = head.indexOf('Limits');

function capitalize(text) {
  return text[0].toUpperCase() + text.slice(1);
}

function code(text) {
  return `\`${text.replaceAll('|', '\\|')}\``;
}

async function adapterOf(platform) {
  try {
    return await selectAdapter(platform, { adapter: options[platform] ?? {} });
  } catch (error) {
    if (PlatformError.isInstance(error) && error.reason === 'unavailable') return undefined;
    throw error;
  }
}

async function rowOf(platform) {
  const adapter = await adapterOf(platform);
  const first = [platformTitles[platform]];
  const last = code(falsification[platform]);
  if (!adapter) return [...first, 'not yet in this release', ...titles.map(() => ''), last];
  const cells = new Map(summarizeCapabilities(adapter.capabilities).map(({ title, text }) => [title, text]));
  // By name, and not "all 9": --check compares them.
  const { resources } = adapter.capabilities;
  cells.set(
    'limits',
    Object.keys(resources)
      .filter((name) => resources[name].supported)
      .join(', ') || 'none',
  );
  await adapter.close?.();
  return [...first, code(adapter.constructor.name), ...titles.map((title) => cells.get(title)), last];
}

const rows = await Promise.all(registeredPlatforms.map(rowOf));
const line = (cells) => `| ${cells.join(' | ')} |`;
const table = [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
const block = `${begin}\n${table}\n${end}`;

async function readmeParts() {
  const text = await readFile(readme, 'utf8');
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from === -1 || to < from) throw new Error(`README.md lacks ${begin} ... ${end}`);
  return {
    before: text.slice(0, from),
    own: text.slice(from, to + end.length),
    after: text.slice(to + end.length),
  };
}

/**
 * Equal cells. Of the limits README.md may name more than this machine has: they depend on what it lets Duende do
 * (writable control groups), and the table says what can be had.
 */
function isSame(cell, column, expected) {
  if (column !== limitsColumn || expected === '') return cell === expected;
  const named = cell.split(', ');
  return expected === 'none' || expected.split(', ').every((name) => named.includes(name));
}

/** Cells of a line of a table; `\|` is no border. */
function cellsOf(text) {
  return text
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim());
}

async function check() {
  const { own } = await readmeParts();
  const found = own.split('\n').slice(1, -1).map(cellsOf);
  const wanted = table.split('\n').map(cellsOf);
  const isEqual =
    found.length === wanted.length &&
    wanted.every((row, index) => {
      const other = found[index] ?? [];
      return row.length === other.length && row.every((cell, column) => isSame(other[column], column, cell));
    });
  if (isEqual) return;
  console.error(
    `README.md has another platform table. Run: node scripts/platform-table.mjs --write\n\n${block}`,
  );
  process.exitCode = 1;
}

async function write() {
  const { before, after } = await readmeParts();
  await writeFile(readme, `${before}${block}${after}`);
}

const actions = { '--check': check, '--write': write };
const [mode] = process.argv.slice(2);
if (mode === undefined) console.log(block);
else if (actions[mode]) await actions[mode]();
else {
  console.error(`Expected --check or --write, got ${mode}`);
  process.exitCode = 2;
}
