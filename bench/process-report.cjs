/**
 * Required into every Node process of a measured command: writes, when it ends, the peak of its memory as the
 * operating system counted it, and how long it lived. No sampling, and nothing beside Node is needed.
 */
const { writeFileSync } = require('node:fs');
const { join } = require('node:path');

process.on('exit', () => {
  const kind = process.argv[1]?.endsWith('main.ts') ? 'app' : 'cli';
  const report = {
    kind,
    peakMegabytes: process.resourceUsage().maxRSS / 1024,
    milliseconds: process.uptime() * 1000,
  };
  writeFileSync(join(process.env.PROCESS_REPORTS, `${process.pid}.json`), JSON.stringify(report));
});
