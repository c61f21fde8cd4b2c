import {
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  DescribeClustersCommand,
  RunTaskCommand,
  StopTaskCommand,
  TagResourceCommand,
} from '@aws-sdk/client-ecs';
import { accessKey, SECRET_KEY } from '../../scripts/emulate/environment';
import type { EnvironmentInput } from '../../src/config/environment';
import { handler } from '../../src/functions/task-orphans/handler';
import fargate from '../../environments/examples/fargate';
import { Deployment } from '../support/deployment';
import { describeWith } from '../support/engines';
import type { FargateInput } from '../support/environments';
import { blockOf, parseTerraform } from '../support/synth';

/** The example of the fleet type `fargate`, on the real Terraform and provider and an emulated AWS. */

/** Without its cache, which takes a minute and is shown elsewhere. */
const example: EnvironmentInput = { ...fargate, cache: false };
const jobs = example.fleets.jobs as FargateInput;
const region = 'eu-central-1';
const account = '123456789012';
const cluster = 'acme-fargate-jobs';
/** What comes before the names of the jobs' own images. */
const images = '111122223333.dkr.ecr.eu-central-1.amazonaws.com/ci';

const withJobs = (fields: Partial<FargateInput>): EnvironmentInput => ({
  ...example,
  fleets: { jobs: { ...jobs, ...fields } },
});

jest.setTimeout(240_000);

describeWith(['terraform', 'moto'], 'managers as an ECS service', () => {
  let deployment: Deployment;
  let ecs: ECSClient;
  beforeAll(async () => {
    deployment = await Deployment.start('fargate', example);
    const credentials = { accessKeyId: accessKey(account), secretAccessKey: SECRET_KEY };
    ecs = new ECSClient({ endpoint: deployment.emulator.url, region, credentials });
    deployment.synth(example);
    deployment.apply();
  });
  afterAll(() => deployment.stop());

  const tasksOf = async (name: string, of: object) =>
    (await ecs.send(new ListTasksCommand({ cluster: name, ...of }))).taskArns ?? [];

  test('run after a deploy, started from the image of this hash', async () => {
    const [arn = ''] = await tasksOf(cluster, { serviceName: cluster });
    const { tasks = [] } = await ecs.send(
      new DescribeTasksCommand({ cluster, tasks: [arn], include: ['TAGS'] }),
    );
    expect(tasks[0]?.launchType).toBe('FARGATE');
    expect(tasks[0]?.tags).toContainEqual({ key: 'gitlab-runner-aws:fleet', value: 'jobs' });
    expect(tasks[0]?.containers?.[0]?.image).toMatch(
      /^123456789012\.dkr\.ecr\.eu-central-1\.amazonaws\.com\/acme-fargate-manager:[0-9a-f]{32}$/,
    );
  });

  test('are left as they are by a second plan', () => {
    expect(deployment.plan()).toEqual([]);
  });

  test('start jobs as the driver does, on the capacity that the runner asks for', async () => {
    const run = async (name: string, family: string) => {
      const network = { subnets: ['subnet-0a1b2c3d4e5f60718'] };
      const request = {
        cluster: name,
        taskDefinition: family,
        networkConfiguration: { awsvpcConfiguration: network },
      };
      return (await ecs.send(new RunTaskCommand(request))).tasks?.[0]?.capacityProviderName;
    };
    expect(await run(cluster, `${cluster}-node`)).toBe('FARGATE');
    expect(await run(`${cluster}-tools`, `${cluster}-tools`)).toBe('FARGATE_SPOT');
  });

  describe('the audit of jobs without a manager', () => {
    const variables = { ...process.env };
    beforeAll(() => {
      const lambda = blockOf(parseTerraform(deployment.synthesized), 'aws_lambda_function');
      const { SETTINGS = '' } = (lambda.environment as { variables: Record<string, string> }).variables;
      Object.assign(process.env, {
        ...deployment.env,
        SETTINGS: SETTINGS.replaceAll(/\$\{data\.aws_caller_identity\.[\w-]+\.account_id\}/g, account),
      });
    });
    afterAll(() => {
      process.env = variables;
    });

    test('ends those alone whose manager is gone', async () => {
      const [manager = ''] = await tasksOf(cluster, { serviceName: cluster });
      const [kept = ''] = await tasksOf(cluster, { family: `${cluster}-node` });
      const [orphan = ''] = await tasksOf(`${cluster}-tools`, {});
      const tag = (resourceArn: string, value: string) =>
        ecs.send(
          new TagResourceCommand({ resourceArn, tags: [{ key: 'gitlab-runner-aws:manager', value }] }),
        );
      await tag(kept, manager);
      await tag(orphan, manager.replace(/[0-9a-f]{32}$/, '0'.repeat(32)));
      const written = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
      await handler();
      written.mockRestore();
      expect(await tasksOf(cluster, { family: `${cluster}-node` })).toEqual([kept]);
      expect(await tasksOf(cluster, { serviceName: cluster })).toEqual([manager]);
      expect(await tasksOf(`${cluster}-tools`, {})).toEqual([]);
    });
  });

  test('get a runner, and lose one, without touching the others', () => {
    const { node } = jobs.runners ?? {};
    const added = withJobs({
      runners: { ...jobs.runners, java: { requestConcurrency: 2, task: { image: `${images}/java:25` } } },
    });
    expect(deployment.changes(added)).toEqual([
      'aws_ecs_service update',
      'aws_ecs_task_definition create',
      'aws_ecs_task_definition create,delete',
      'aws_iam_role_policy update',
      'aws_iam_role_policy update',
      'aws_lambda_function update',
      'aws_secretsmanager_secret create',
    ]);
    deployment.apply();
    expect(deployment.plan()).toEqual([]);
    expect(deployment.changes(withJobs({ runners: { node: node ?? {} } }))).toEqual([
      'aws_ecs_cluster delete',
      'aws_ecs_cluster_capacity_providers delete',
      'aws_ecs_service update',
      'aws_ecs_task_definition create,delete',
      'aws_ecs_task_definition delete',
      'aws_ecs_task_definition delete',
      'aws_iam_role_policy update',
      'aws_iam_role_policy update',
      'aws_lambda_function update',
      'aws_secretsmanager_secret delete',
      'aws_secretsmanager_secret delete',
    ]);
    // What jobs of the removed runner still need goes only once their managers were told to go.
    const applied = deployment.apply();
    const told = applied.search(/aws_ecs_service\.\S+: Modifications complete/);
    const gone = [
      ...applied.matchAll(/aws_(secretsmanager_secret|ecs_cluster|ecs_task_definition)\.\S+: Destroying/g),
    ];
    expect(told).toBeGreaterThan(0);
    expect(gone.length).toBeGreaterThan(3);
    for (const { index } of gone) expect(index).toBeGreaterThan(told);
    expect(deployment.plan()).toEqual([]);
  });

  test('get another image of jobs without a new deployment of managers', () => {
    const { node } = jobs.runners ?? {};
    const newer = { ...node, task: { ...node?.task, image: `${images}/node:24` } };
    expect(deployment.changes(withJobs({ runners: { node: newer } }))).toEqual([
      'aws_ecs_task_definition create,delete',
    ]);
  });

  test('are destroyed without a rest, once their jobs are done', async () => {
    for (const task of await tasksOf(cluster, { family: `${cluster}-node` }))
      await ecs.send(new StopTaskCommand({ cluster, task }));
    expect(deployment.destroy()).toMatch(/Destroy complete! Resources: \d+ destroyed/);
    expect(deployment.run('state', 'list')).toBe('');
    const names = [cluster, `${cluster}-tools`];
    const { clusters = [] } = await ecs.send(new DescribeClustersCommand({ clusters: names }));
    expect(clusters.map(({ status }) => status)).toEqual(['INACTIVE', 'INACTIVE']);
  });
});

describeWith(['terraform', 'moto'], 'a fleet whose container images were not built', () => {
  test('is refused at the plan with the command that builds them, and can be destroyed', async () => {
    const deployment = await Deployment.start('fargate', example, false);
    try {
      deployment.synth(example);
      const { code, output } = deployment.try('plan', '-input=false', '-no-color');
      expect(code).toBe(1);
      const words = output.replace(/[\s│]+/g, ' ');
      expect(words).toMatch(
        /There is no container image acme-fargate-manager:[0-9a-f]{32} in this environment's account and region\. Build it: npm run docker:build -- fargate manager/,
      );
      expect(words).toMatch(/Build it: npm run docker:build -- fargate worker/);
      expect(deployment.destroy()).toMatch(/Destroy complete!/);
    } finally {
      await deployment.stop();
    }
  });
});
