import { join } from 'path';
import { environmentsFolder } from '../../src/config/load';
import type { Environment } from '../../src/config/model';
import { typed } from '../command';

/** What a tour has made. */
export interface Estate {
  /** The environment. */
  readonly environment: Environment;
  /** `terraform show -json`. */
  readonly state: unknown;
  /** Size of the synthesized JSON. */
  readonly synthesizedBytes: number;
}

interface State {
  readonly values: {
    readonly root_module: { readonly resources: readonly Resource[] };
    readonly outputs: Readonly<Record<string, { readonly value: unknown }>>;
  };
}

interface Resource {
  readonly mode: 'managed' | 'data';
  readonly type: string;
  readonly values: { readonly name?: string; readonly id?: string };
}

/** What each kind of resource is for, in the order in which one would tell of it. */
const purposes: Readonly<Record<string, string>> = {
  aws_autoscaling_group:
    'keeps the runner machines, which a change replaces one after the other, or workers for jobs',
  aws_autoscaling_schedule: 'changes the size of a group by the calendar',
  aws_ecs_service: 'keeps the managers of Fargate jobs; a change replaces them once their jobs are done',
  aws_ecs_task_definition: 'what a manager, or a job, runs in',
  aws_ecs_cluster: 'where managers and jobs run as tasks',
  aws_ecs_cluster_capacity_providers: 'the capacity of jobs, which name none themselves',
  aws_lambda_function: 'makes a group as large as its jobs need, or ends jobs whose manager is gone',
  aws_lambda_function_event_invoke_config: 'a missed run is not made up for',
  aws_lambda_permission: 'lets the rule, and nothing else, start the function',
  aws_cloudwatch_event_rule: 'when the function runs',
  aws_cloudwatch_event_target: 'starts the function then',
  aws_sqs_queue: 'what the function could not handle',
  aws_launch_configuration: 'what a machine is launched with',
  aws_launch_template: 'what a machine is launched with',
  aws_secretsmanager_secret: 'holds a runner token; its value is set by hand, never by Terraform',
  aws_kms_key: 'encrypts secrets, logs and volumes',
  aws_kms_alias: 'name of the key',
  aws_iam_role: 'what a machine, task or function may do',
  aws_iam_role_policy: 'the statements of that role',
  aws_iam_role_policy_attachment: 'a policy of yours on that role',
  aws_iam_instance_profile: 'gives the role to the machine',
  aws_vpc: 'the network of all that runs',
  aws_subnet: 'its part in a zone: private for machines and tasks, public for NAT gateways only',
  aws_nat_gateway: 'the way of private subnets to the internet, and none back',
  aws_eip: 'the address that the internet sees',
  aws_internet_gateway: 'the way of NAT gateways to the internet',
  aws_route_table: 'where a subnet sends to',
  aws_route: 'the way to the internet in such a table',
  aws_route_table_association: 'which table a subnet has',
  aws_default_security_group: 'what AWS gives to those that name none: lets nothing in or out',
  aws_flow_log: 'a log of all connections in the network',
  aws_security_group: 'lets nothing in but what a rule names',
  aws_vpc_endpoint: 'the way to an AWS service without leaving the network',
  aws_vpc_security_group_ingress_rule: 'who may read metrics, use the endpoints, or reach jobs',
  aws_vpc_security_group_egress_rule: 'where machines, tasks and functions may send to',
  aws_cloudwatch_log_group: 'keeps logs, encrypted, for a limited time',
  aws_s3_bucket: 'the cache of jobs',
  aws_s3_bucket_lifecycle_configuration: 'deletes what was not cached again for a time',
  aws_s3_bucket_ownership_controls: 'whatever lies in it is of this account',
  aws_s3_bucket_policy: 'refuses what does not come by TLS',
  aws_s3_bucket_public_access_block: 'lets nobody from outside in, whatever a policy says',
  aws_s3_bucket_server_side_encryption_configuration: 'encrypts it with the key of the environment',
  aws_ssm_parameter: 'tells a manager where it starts machines',
  aws_ssm_document: 'makes Session Manager log every shell, or drains a machine on demand',
};

const rank = (type: string): number => {
  const index = Object.keys(purposes).indexOf(type);
  return index < 0 ? Infinity : index;
};

function resourceTable(resources: readonly Resource[]): string[] {
  const rows = resources
    .filter(({ mode }) => mode === 'managed')
    .map(({ type, values }) => ({
      type,
      name: values.name ?? values.id ?? '',
      purpose: purposes[type] ?? '',
    }))
    .sort((one, other) => rank(one.type) - rank(other.type) || one.name.localeCompare(other.name));
  const width = (field: 'type' | 'name') => Math.max(...rows.map((row) => row[field].length));
  return rows.map(
    ({ type, name, purpose }) => `  ${type.padEnd(width('type'))}  ${name.padEnd(width('name'))}  ${purpose}`,
  );
}

const outputLines = (outputs: State['values']['outputs']): string[] =>
  Object.entries(outputs).flatMap(([name, { value }]) =>
    typeof value === 'object' && value !== null
      ? [`  ${name}:`, ...Object.entries(value).map(([key, inner]) => `    ${key}: ${String(inner)}`)]
      : [`  ${name}: ${String(value)}`],
  );

/** What now exists, what each part is for, and what to look at; for people. */
export function summarize({ environment, state, synthesizedBytes }: Estate): string {
  const { root_module: root, outputs } = (state as State).values;
  const { name } = environment;
  return [
    '',
    `What ${name} is made of (all of it emulated; it ends with this command):`,
    ...resourceTable(root.resources),
    '',
    'Its outputs:',
    ...outputLines(outputs),
    '',
    'What to look at now:',
    `  ${join(environmentsFolder(), `${name}.ts`)}  what was asked for`,
    `  ${typed('npm run synth')}, then cdktf.out/stacks/${name}/cdk.tf.json  what Terraform gets (${Math.round(synthesizedBytes / 1024)} KB)`,
    `  ${typed(`npm run emulate -- cdktf diff ${name}`)}  the plan, as you will see it`,
    `  ${typed('npm run emulate -- bash')}  a shell in which aws, terraform and cdktf talk to the emulated AWS`,
    `  README.md  the same with an account`,
  ].join('\n');
}
