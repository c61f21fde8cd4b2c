import type { Environment } from '../../src/config/model';
import {
  buildContainerImageCommand,
  buildImageCommand,
  drainCommand,
  setTokenCommand,
  startSessionCommand,
} from '../../src/rendering/commands';
import { groupLink, logGroupLink, secretLink, serviceLink } from '../../src/rendering/console-links';
import { containerImageTag } from '../../src/rendering/container-image-tag';
import { renderDrainDocument } from '../../src/rendering/drain-document';
import { environmentOutputs, fleetOutputs } from '../../src/rendering/outputs';
import { renderSessionDocument } from '../../src/rendering/session-document';
import { stockParameter } from '../../src/rendering/stock-image';
import { environmentTags, fleetTags } from '../../src/rendering/tags';
import {
  PARAMETER_ARN,
  SECRET_ARN,
  minimal,
  parsed,
  withAutoscaler,
  withFargate,
  withFleet,
} from '../support/environments';

/** The small texts: commands, links, outputs, tags, the session document. */

describe('commands', () => {
  test('set a token from standard input, in no argument and no history', () => {
    const command = setTokenCommand('eu-central-1', 'acme-prod-gitlab-token');
    expect(command).toBe(
      'aws secretsmanager put-secret-value --region eu-central-1 --secret-id acme-prod-gitlab-token --secret-string file:///dev/stdin',
    );
  });

  test('open a session that is logged', () => {
    const { sessionLogging } = parsed(minimal());
    expect(startSessionCommand('eu-central-1', sessionLogging)).toBe(
      'aws ssm start-session --region eu-central-1 --document-name acme-dev-ec2-session --target INSTANCE_ID',
    );
  });

  test('open one with the account’s default document as it is', () => {
    const { sessionLogging } = parsed({ ...minimal(), sessionLogging: { document: 'account-default' } });
    expect(startSessionCommand('eu-central-1', sessionLogging)).toBe(
      'aws ssm start-session --region eu-central-1 --target INSTANCE_ID',
    );
  });

  test('drain an instance, which the group then replaces', () => {
    expect(drainCommand('eu-central-1', 'acme-dev-drain')).toBe(
      'aws ssm send-command --region eu-central-1 --document-name acme-dev-drain --instance-ids INSTANCE_ID --parameters Mode=replace',
    );
  });

  test('build an image', () => {
    expect(buildImageCommand('prod', 'linux')).toBe('npm run packer:build -- prod linux');
    expect(buildContainerImageCommand('prod', 'worker')).toBe('npm run docker:build -- prod worker');
  });
});

describe('links to the console', () => {
  const aws = parsed(minimal()).aws;

  test.each([
    [
      groupLink(aws, 'acme-dev-linux'),
      'https://eu-central-1.console.aws.amazon.com/ec2/home?region=eu-central-1#AutoScalingGroupDetails:id=acme-dev-linux;view=details',
    ],
    [
      logGroupLink(aws, 'acme-dev-linux'),
      'https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#logsV2:log-groups/log-group/acme-dev-linux',
    ],
    [
      serviceLink(aws, 'ci', 'acme-dev-jobs'),
      'https://eu-central-1.console.aws.amazon.com/ecs/v2/clusters/ci/services/acme-dev-jobs/health?region=eu-central-1',
    ],
    [
      secretLink(aws, 'a/b+c@d'),
      'https://eu-central-1.console.aws.amazon.com/secretsmanager/secret?name=a%2Fb%2Bc%40d&region=eu-central-1',
    ],
  ])('%s', (link, expected) => {
    expect(link).toBe(expected);
    expect(URL.canParse(link)).toBe(true);
  });

  test.each([
    ['cn-north-1', 'cn-north-1.console.amazonaws.cn'],
    ['us-gov-west-1', 'us-gov-west-1.console.amazonaws-us-gov.com'],
  ])('of %s', (region, host) => {
    expect(new URL(groupLink(parsed({ ...minimal(), aws: { region } }).aws, 'x')).host).toBe(host);
  });
});

/** Outputs of the one fleet of an environment. */
const outputsOf = (input: object) => {
  const environment = parsed(input);
  return environment.fleets.map((fleet) => fleetOutputs(environment, fleet))[0];
};

describe('outputs', () => {
  test('of an environment', () => {
    expect(environmentOutputs(parsed(minimal()))).toEqual({
      session_start_command:
        'aws ssm start-session --region eu-central-1 --document-name acme-dev-ec2-session --target INSTANCE_ID',
      session_logs_name: 'acme-dev-ec2-session',
      session_logs_console:
        'https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#logsV2:log-groups/log-group/acme-dev-ec2-session',
      drain_command: drainCommand('eu-central-1', 'acme-dev-drain'),
    });
  });

  test('of a fleet: group, secrets, log group, command, and a link to each', () => {
    const input = withFleet({
      runners: { one: {}, two: { token: { secretName: 'x' } }, given: { token: { secretArn: SECRET_ARN } } },
    });
    expect(outputsOf(input)).toEqual({
      linux_group_name: 'acme-dev-linux',
      linux_group_console: expect.stringContaining('AutoScalingGroupDetails:id=acme-dev-linux;') as string,
      linux_log_group: 'acme-dev-linux',
      linux_log_console: expect.stringContaining('log-group/acme-dev-linux') as string,
      linux_secret_names: { one: 'acme-dev-linux-one-token', two: 'acme-dev-x' },
      linux_secret_console: {
        one: expect.stringContaining('name=acme-dev-linux-one-token&') as string,
        two: expect.stringContaining('name=acme-dev-x&') as string,
      },
      linux_set_token_commands: {
        one: setTokenCommand('eu-central-1', 'acme-dev-linux-one-token'),
        two: setTokenCommand('eu-central-1', 'acme-dev-x'),
      },
    });
  });

  test('of a fleet that follows its jobs name the log of its function', () => {
    expect(outputsOf(withFleet({ scaling: { type: 'jobs' } }))).toMatchObject({
      linux_scaling_log_group: 'acme-dev-linux-scaling',
      linux_scaling_log_console: expect.stringContaining('log-group/acme-dev-linux-scaling') as string,
    });
  });

  test('of a fleet whose tokens are all given name no secret', () => {
    const input = withFleet({
      runners: { a: { token: { secretArn: SECRET_ARN } }, b: { token: { parameterArn: PARAMETER_ARN } } },
    });
    expect(Object.keys(outputsOf(input) ?? {})).toEqual([
      'linux_group_name',
      'linux_group_console',
      'linux_log_group',
      'linux_log_console',
    ]);
  });
});

describe('outputs of a manager that starts machines', () => {
  test('name its group and those of its workers, their logs, and secrets, with a link to each', () => {
    const outputs = outputsOf(
      withAutoscaler({ runners: { linux: {}, given: { token: { secretArn: SECRET_ARN } } } }),
    );
    const group = (name: string) => expect.stringContaining(`AutoScalingGroupDetails:id=${name};`) as string;
    const logs = (name: string) => expect.stringMatching(`/log-group/${name}$`) as string;
    expect(outputs).toEqual({
      builds_group_name: 'acme-dev-builds',
      builds_group_console: group('acme-dev-builds'),
      builds_log_group: 'acme-dev-builds',
      builds_log_console: logs('acme-dev-builds'),
      builds_worker_group_names: { linux: 'acme-dev-builds-linux', given: 'acme-dev-builds-given' },
      builds_worker_group_console: {
        linux: group('acme-dev-builds-linux'),
        given: group('acme-dev-builds-given'),
      },
      builds_worker_log_console: {
        linux: logs('acme-dev-builds-linux'),
        given: logs('acme-dev-builds-given'),
      },
      builds_secret_names: { linux: 'acme-dev-builds-linux-token' },
      builds_secret_console: {
        linux: expect.stringContaining('name=acme-dev-builds-linux-token&') as string,
      },
      builds_set_token_commands: { linux: setTokenCommand('eu-central-1', 'acme-dev-builds-linux-token') },
    });
  });
});

describe('outputs of a fleet of Fargate tasks', () => {
  test('name cluster, service, the logs of managers, jobs and audit, and secrets, with a link to each', () => {
    const token = { secretArn: SECRET_ARN };
    const logs = (name: string) => expect.stringMatching(`/log-group/${name}$`) as string;
    expect(outputsOf(withFargate({ runners: { node: {}, given: { token } } }))).toEqual({
      jobs_cluster_name: 'acme-dev-jobs',
      jobs_service_name: 'acme-dev-jobs',
      jobs_service_console: expect.stringContaining(
        '/clusters/acme-dev-jobs/services/acme-dev-jobs/health',
      ) as string,
      jobs_log_group: 'acme-dev-jobs',
      jobs_log_console: logs('acme-dev-jobs'),
      jobs_worker_log_group: 'acme-dev-jobs-workers',
      jobs_worker_log_console: logs('acme-dev-jobs-workers'),
      jobs_orphans_log_group: 'acme-dev-jobs-orphans',
      jobs_orphans_log_console: logs('acme-dev-jobs-orphans'),
      jobs_secret_names: { node: 'acme-dev-jobs-node-token' },
      jobs_secret_console: { node: expect.stringContaining('name=acme-dev-jobs-node-token&') as string },
      jobs_set_token_commands: { node: setTokenCommand('eu-central-1', 'acme-dev-jobs-node-token') },
    });
  });

  test('name a given cluster by its name, and no secret where all are given', () => {
    const cluster = { type: 'existing', arn: 'arn:aws:ecs:eu-central-1:111122223333:cluster/ci' } as const;
    const runners = { given: { token: { parameterArn: PARAMETER_ARN } } };
    const outputs = outputsOf(withFargate({ cluster, runners })) ?? {};
    expect(outputs).toMatchObject({
      jobs_cluster_name: 'ci',
      jobs_service_console: expect.stringContaining('/clusters/ci/services/acme-dev-jobs/') as string,
    });
    expect(Object.keys(outputs).filter((name) => /secret|token/.test(name))).toEqual([]);
  });
});

test('the tag of a repository that says that it has an image is one that ECR takes', () => {
  const tag = containerImageTag('0123456789abcdef0123456789abcdef');
  expect(tag).toBe('gitlab-runner-aws:image-0123456789abcdef0123456789abcdef');
  expect(tag.length).toBeLessThanOrEqual(128);
});

describe('tags', () => {
  const environment = parsed({
    ...withFleet({ tags: { cost: 'ci', team: 'fleet' } }),
    tags: { team: 'platform', a: 'b' },
  });

  test('of an environment', () => {
    expect(environmentTags(environment)).toEqual({
      team: 'platform',
      a: 'b',
      'gitlab-runner-aws:project': 'acme',
      'gitlab-runner-aws:environment': 'dev',
    });
  });

  const tagsOfFleet = (model: Environment) => model.fleets.map((fleet) => fleetTags(model, fleet))[0];

  test('of a fleet: its own win over the environment’s', () => {
    expect(tagsOfFleet(environment)).toEqual({
      team: 'fleet',
      a: 'b',
      cost: 'ci',
      Name: 'acme-dev-linux',
      'gitlab-runner-aws:project': 'acme',
      'gitlab-runner-aws:environment': 'dev',
      'gitlab-runner-aws:fleet': 'linux',
    });
  });

  test('of a fleet of Fargate tasks are of the same form', () => {
    const input = { ...withFargate({ tags: { team: 'fleet' } }), tags: { team: 'platform' } };
    expect(tagsOfFleet(parsed(input))).toEqual({
      team: 'fleet',
      Name: 'acme-dev-jobs',
      'gitlab-runner-aws:project': 'acme',
      'gitlab-runner-aws:environment': 'dev',
      'gitlab-runner-aws:fleet': 'jobs',
    });
  });

  test('of a fleet cannot say that it is another environment', () => {
    const claim = { 'gitlab-runner-aws:environment': 'prod' };
    let tagged;
    try {
      tagged = parsed(withFleet({ tags: claim }));
    } catch {
      return; // refused: just as good
    }
    expect(tagsOfFleet(tagged)).toMatchObject({ 'gitlab-runner-aws:environment': 'dev' });
  });
});

describe('the drain document', () => {
  const document = JSON.parse(renderDrainDocument()) as {
    parameters: { Mode: { allowedValues: string[]; default: string } };
    mainSteps: { inputs: { timeoutSeconds: string; runCommand: string[] } }[];
  };

  test('runs the drain script with one of its words, and replaces the instance unless told otherwise', () => {
    expect(document).toMatchObject({ schemaVersion: '2.2', mainSteps: [{ action: 'aws:runShellScript' }] });
    expect(document.parameters.Mode).toMatchObject({
      allowedValues: ['replace', 'shrink', 'keep'],
      default: 'replace',
    });
    const [step] = document.mainSteps;
    expect(step?.inputs.runCommand).toEqual(['/usr/local/lib/gitlab-runner-aws/drain.sh --{{ Mode }}']);
  });

  test('may take as long as the longest drain', () => {
    expect(document.mainSteps[0]?.inputs.timeoutSeconds).toBe('172800');
  });
});

describe('the session document', () => {
  test('logs every session, encrypted, with times as text', () => {
    const input = { ...minimal(), sessionLogging: { idleTimeoutMinutes: 5, maxDurationMinutes: 30 } };
    expect(JSON.parse(renderSessionDocument(parsed(input).sessionLogging))).toEqual({
      schemaVersion: '1.0',
      description: 'Shells whose every line is logged to acme-dev-ec2-session',
      sessionType: 'Standard_Stream',
      inputs: {
        s3BucketName: '',
        s3KeyPrefix: '',
        s3EncryptionEnabled: true,
        cloudWatchLogGroupName: 'acme-dev-ec2-session',
        cloudWatchEncryptionEnabled: true,
        cloudWatchStreamingEnabled: true,
        kmsKeyId: '',
        runAsEnabled: false,
        runAsDefaultUser: '',
        idleSessionTimeout: '5',
        maxSessionDuration: '30',
        shellProfile: { windows: '', linux: '' },
      },
    });
  });
});

test.each([
  ['amazon-linux-2023', 'x86_64', '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64'],
  ['amazon-linux-2023', 'arm64', '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64'],
  [
    'ubuntu-24.04',
    'x86_64',
    '/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id',
  ],
  [
    'ubuntu-24.04',
    'arm64',
    '/aws/service/canonical/ubuntu/server/24.04/stable/current/arm64/hvm/ebs-gp3/ami-id',
  ],
] as const)('the public parameter of %s for %s', (base, architecture, name) => {
  expect(stockParameter(base, architecture)).toBe(name);
});
