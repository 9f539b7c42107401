import '../kernel/start-first-thread.ts';
import './main.ts';
