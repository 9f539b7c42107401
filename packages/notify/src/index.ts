export { NotifyError } from './notify-error.ts';
export { createSocketNotifier, type SocketNotifier, type SocketNotifierOptions } from './socket-notifier.ts';
