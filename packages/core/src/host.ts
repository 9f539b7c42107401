export { daemonMarker } from './define.ts';
