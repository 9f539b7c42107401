/** What QuickJS imports from the module `env`. */
export const scriptImportNames: ReadonlySet<string> = new Set([
  'host_call',
  'host_interrupt',
  'host_promise_rejection',
  'host_module_normalize',
  'host_module_load',
  'host_get_timezone_offset',
]);
