// Sends its arguments as one datagram each: send.ts ADDRESS USER-ID MESSAGE... A user id of 0 changes nothing.
import { createSocketNotifier } from '../src/index.ts';

const [address = '', user = '0', ...messages] = process.argv.slice(2);
if (user !== '0') {
  // Loaded before, since the other user may not be allowed to read this folder.
  await createSocketNotifier(address).close();
  process.setgroups?.([]);
  process.setgid?.(Number(user));
  process.setuid?.(Number(user));
}
const notifier = createSocketNotifier(address, { onError: (error) => console.log(error.message) });
for (const message of messages) notifier.send(message);
await notifier.close();
console.log(`${notifier.by} ${process.getuid?.()}`);
