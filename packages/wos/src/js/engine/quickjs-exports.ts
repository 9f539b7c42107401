/** What of quickjs-wasi is used. Values are pointers to values, which whoever has them frees. */
export interface QuickJsExports {
  readonly memory: WebAssembly.Memory;
  readonly __stack_pointer: WebAssembly.Global;
  _initialize(): void;
  qjs_init(): number;
  qjs_set_promise_rejection_handler(on: number): void;
  qjs_set_max_stack_size(bytes: number): void;
  qjs_eval(code: number, length: number, name: number, flags: number): number;
  qjs_call(callee: number, self: number, count: number, values: number): number;
  qjs_execute_pending_job(): number;
  qjs_is_job_pending(): number;
  qjs_get_global(): number;
  qjs_get_undefined(): number;
  qjs_get_exception(): number;
  qjs_get_float64(value: number): number;
  qjs_get_string_len(value: number, length: number): number;
  qjs_get_value_ptr(value: number): number;
  qjs_get_quickjs_version(): number;
  qjs_free_cstring(text: number): void;
  qjs_is_exception(value: number): number;
  qjs_is_string(value: number): number;
  qjs_is_number(value: number): number;
  qjs_new_string(text: number, length: number): number;
  qjs_new_number(value: number): number;
  qjs_new_uint8_array(bytes: number, length: number): number;
  qjs_new_host_function(name: number, length: number, flags: number): number;
  qjs_set_prop_string(object: number, name: number, value: number): number;
  qjs_get_typed_array_buffer(value: number, offset: number, length: number, width: number): number;
  qjs_get_array_buffer(value: number, length: number): number;
  qjs_dup_value(value: number): number;
  qjs_free_value(value: number): void;
  wasm_malloc(bytes: number): number;
  wasm_free(address: number): void;
}

/** Its functions. */
export type QuickJsFunction = Exclude<keyof QuickJsExports, 'memory' | '__stack_pointer'>;
