/** Of the control protocol: a kernel refuses clients of another one. */
export const protocolVersion = 1;

/** Bytes of one frame. Arguments and environment may have 2 MiB each, and JSON may write a byte as six. */
export const longestFrame = 32 * 1024 * 1024;
