import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { ECSClient } from '@aws-sdk/client-ecs';
import { clientSettings } from '../client-settings';
import { audit } from './audit';
import { publish } from './publish';
import { parseSettings } from './settings';
import { ecsTasks } from './tasks';

/** What Lambda runs: one audit. */
export async function handler(): Promise<void> {
  const settings = parseSettings(process.env['SETTINGS']);
  const cloudWatch = new CloudWatchClient(clientSettings);
  await audit({
    settings,
    tasks: ecsTasks(new ECSClient(clientSettings)),
    publish: (metrics) => publish(cloudWatch, settings, metrics),
    // Not the console, which would put the line as a text into JSON of its own.
    log: (line) => process.stdout.write(`${JSON.stringify(line)}\n`),
    nowMs: Date.now,
  });
}
