import { App } from 'cdktf';
import { rmSync } from 'fs';
import { join } from 'path';
import { EnvironmentsError, environmentsFolder, loadEnvironments } from './src/config/load';
import { readProvisioning } from './src/provisioning/provisioning';
import { EnvironmentStack } from './src/stacks/environment-stack';
import { refuseErrors } from './src/stacks/refuse-errors';

/** Turns every environment into Terraform JSON, or refuses all of them and leaves nothing that deploy would take. */
const app = new App({ stackTraces: false });
try {
  const environments = loadEnvironments(environmentsFolder(), process.cwd());
  const provisioning = readProvisioning(__dirname);
  for (const environment of environments) new EnvironmentStack(app, environment, provisioning);
  refuseErrors(app, environmentsFolder());
  app.synth();
} catch (error) {
  if (!(error instanceof EnvironmentsError)) throw error;
  for (const leftover of ['stacks', 'manifest.json'])
    rmSync(join(app.outdir, leftover), { recursive: true, force: true });
  console.error(error.message);
  process.exitCode = 1;
}
