#!/usr/bin/env node
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { AdapterHarness, HarnessSource } from './harness.ts';
import { formatResult, formatSummary, reportToJson } from './report.ts';
import { runConformance, selectClauses } from './runner.ts';

const help = `duende-conformance --harness FILE [--only ID]... [--json]

  --harness FILE   module whose default export is an AdapterHarness, or a function that makes one
  --only ID        a clause (spawn.reports-missing-program), a group (spawn) or a point of the contract (7)
  --json           the report as one JSON document
  --list           the clauses, without running them

Example: duende-conformance --harness ./test/harness.ts --only signals

Exit codes: 0 every clause passed or was skipped, 1 a clause failed, 2 wrong usage.
DUENDE_REQUIRE=native,linux makes it a failure that one of these platforms is not available.`;

class UsageError extends Error {}

async function loadHarness(file: string): Promise<AdapterHarness> {
  let module: { default?: HarnessSource };
  try {
    module = await import(pathToFileURL(resolve(file)).href);
  } catch (error) {
    throw new UsageError(`cannot load ${file}: ${error instanceof Error ? error.message : error}`);
  }
  const source = module.default;
  if (source === undefined) throw new UsageError(`${file} has no default export: export an AdapterHarness`);
  return typeof source === 'function' ? await source() : source;
}

function readArguments() {
  try {
    return parseArgs({
      options: {
        harness: { type: 'string' },
        only: { type: 'string', multiple: true },
        json: { type: 'boolean', default: false },
        list: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

async function main(): Promise<number> {
  const options = readArguments();
  if (options.help) {
    console.log(help);
    return 0;
  }
  const only = options.only ?? [];
  try {
    selectClauses(only);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
  if (options.list) {
    for (const { id, contract, title } of selectClauses(only)) console.log(`${contract}\t${id}\t${title}`);
    return 0;
  }
  if (options.harness === undefined) throw new UsageError('--harness FILE is missing');
  const harness = await loadHarness(options.harness);
  // A rejection that an adapter leaves to nobody must not end the run before it has cleaned up; it is a failure all the same.
  let stray = 0;
  process.on('unhandledRejection', (error) => {
    stray += 1;
    console.error(`duende-conformance: unhandled rejection: ${error instanceof Error ? error.stack : error}`);
  });
  const report = await runConformance(harness, {
    only,
    onResult: (result) => {
      if (!options.json) console.log(formatResult(result));
    },
  });
  console.log(options.json ? JSON.stringify(reportToJson(report), undefined, 2) : formatSummary(report));
  return report.failed > 0 || stray > 0 ? 1 : 0;
}

let code: number;
try {
  code = await main();
} catch (error) {
  console.error(`duende-conformance: ${error instanceof Error ? error.message : error}`);
  if (error instanceof UsageError) console.error('Run duende-conformance --help for the options');
  code = error instanceof UsageError ? 2 : 1;
}
// An adapter that keeps connections open must not keep the command from ending; what was printed must get out first.
process.stdout.write('', () => process.exit(code));
