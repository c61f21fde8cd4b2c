import * as fs from 'node:fs';
import * as path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { userDataLimit } from '../../src/rendering/cloud-init';
import { managerLogs, renderCloudwatchAgent, workerLogs } from '../../src/rendering/cloudwatch-agent';
import { machinePaths } from '../../src/rendering/machine-paths';
import { renderUserData } from '../../src/rendering/user-data';
import { renderWorkerUserData } from '../../src/rendering/worker-user-data';
import { parsed, withAutoscaler, withWorkers } from '../support/environments';
import { REPOSITORY } from '../support/folders';
import { provisioning } from '../support/synth';

/** What a manager that starts machines, and its workers, are told at their first boot. */

interface CloudConfig {
  readonly write_files: readonly { readonly path: string; readonly content: string }[];
  readonly runcmd: unknown;
}

const read = (userData: Buffer): CloudConfig => {
  const [header, json = ''] = gunzipSync(userData).toString('utf8').split('\n');
  expect(header).toBe('#cloud-config');
  return JSON.parse(json) as CloudConfig;
};
const files = ({ write_files: written }: CloudConfig): Record<string, string> =>
  Object.fromEntries(written.map(({ path: name, content }) => [name, content]));

function of(input: object) {
  const environment = parsed(input);
  const [fleet] = environment.fleets;
  if (fleet?.type !== 'docker-autoscaler' || fleet.runners[0] === undefined)
    throw new Error('there is no manager with workers');
  const worker = renderWorkerUserData(environment, fleet, fleet.runners[0].workers, provisioning);
  const manager = renderUserData(environment, fleet, provisioning);
  return { worker, manager };
}
const images = (input: object) => ({ ...input, images: { base: {} } });
const packer = { packer: 'base' };
const provision = 'bash /var/lib/gitlab-runner-aws/provisioning/scripts/provision.sh && ';

describe('a worker on an image of ours', () => {
  const { worker } = of(images(withWorkers({ image: packer, capacityPerInstance: 3, sshUser: 'ci' })));
  const config = read(worker);

  test('is told nothing but its region, its user, its logs and how many connections it takes', () => {
    expect(files(config)).toEqual({
      '/etc/gitlab-runner-aws/environment':
        'AWS_REGION=eu-central-1\nAWS_DEFAULT_REGION=eu-central-1\nWORKER_USER=ci\n',
      '/etc/gitlab-runner-aws/cloudwatch-agent.json': renderCloudwatchAgent(
        'acme-dev-builds-default',
        workerLogs,
      ),
      '/etc/ssh/sshd_config.d/10-gitlab-runner-aws.conf': 'MaxSessions 16\nMaxStartups 16:30:116\n',
    });
    expect(config.runcmd).toEqual([['bash', '-c', '/usr/local/lib/gitlab-runner-aws/worker.sh']]);
  });

  test('is small', () => {
    expect(worker.length).toBeLessThan(1000);
  });
});

describe('a worker on a stock image', () => {
  const { worker } = of(withAutoscaler());
  const config = read(worker);

  test('is provisioned first, and ready only if that worked', () => {
    expect(config.runcmd).toEqual([['bash', '-c', `${provision}/usr/local/lib/gitlab-runner-aws/worker.sh`]]);
    expect(Object.keys(files(config))).toContain(`${machinePaths.provisioning}/scripts/provision.sh`);
  });

  test('fits', () => {
    expect(worker.length).toBeLessThan(userDataLimit * 0.88);
  });

  test('has neither a runner’s configuration nor the hooks of its manager', () => {
    expect(Object.keys(files(config))).not.toContain(machinePaths.configTemplate);
    expect(files(config)[machinePaths.environment]).not.toMatch(/HOOK|GROUP|RUNNER_UNIT|METRICS/);
  });
});

describe('a manager', () => {
  const config = read(of(images(withAutoscaler({ manager: { image: packer } }))).manager);

  test('has gitlab-runner started in its turn, with the log of that', () => {
    expect(files(config)[machinePaths.environment]).toBe(
      [
        'AWS_REGION=eu-central-1',
        'AWS_DEFAULT_REGION=eu-central-1',
        'AUTO_SCALING_GROUP=acme-dev-builds',
        'LAUNCH_HOOK=launch',
        'TERMINATION_HOOK=drain',
        'DRAIN_TIMEOUT_SECONDS=86400',
        'METRICS_PORT=9252',
        'RUNNER_UNIT=gitlab-runner-predecessor.service',
        '',
      ].join('\n'),
    );
    expect(files(config)[machinePaths.cloudwatchAgent]).toBe(
      renderCloudwatchAgent('acme-dev-builds', managerLogs),
    );
    expect(files(config)[machinePaths.configTemplate]).toContain('executor = "docker-autoscaler"');
    expect(config.runcmd).toEqual([['bash', '-c', machinePaths.boot]]);
  });
});

describe('paths on the machine', () => {
  const packerFile = (name: string) => fs.readFileSync(path.join(REPOSITORY, 'packer', name), 'utf8');
  const units = 'files/etc/systemd/system';

  test('are those of scripts and units', () => {
    const [folder, name] = [path.dirname(machinePaths.workerReady), path.basename(machinePaths.workerReady)];
    const worker = packerFile(`files${machinePaths.worker}`);
    expect(worker).toContain(`STATE_DIR:-${folder}}`);
    expect(worker).toContain(`"$STATE_DIR/${name}"`);
    expect(worker).toContain('WORKER_USER');
    expect(packerFile('scripts/check-clean.sh')).toContain(`${folder}/{draining,drained,alone,${name},`);
    const unit = packerFile(`${units}/gitlab-runner-predecessor.service`);
    expect(unit).toContain(`StandardOutput=append:${managerLogs.predecessor}\n`);
    expect(packerFile('files/etc/tmpfiles.d/gitlab-runner-aws.conf')).toContain(
      `f ${managerLogs.predecessor} `,
    );
    expect(packerFile('scripts/amazon-linux-2023/install-fleeting-plugin.sh')).toContain(
      '/usr/local/lib/gitlab-runner-aws/fleeting-plugins',
    );
  });
});
