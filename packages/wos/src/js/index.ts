export { type JsDaemonOptions, type JsDaemonPlan, planJsDaemon, quickJsFile } from './plan-daemon.ts';
