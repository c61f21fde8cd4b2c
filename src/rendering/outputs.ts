import type { AutoscalingGroupFleet } from '../config/fleet-model';
import type { Environment } from '../config/model';
import { drainCommand, setTokenCommand, startSessionCommand } from './commands';
import { groupLink, logGroupLink, secretLink } from './console-links';

/** What a deploy prints: names, commands and links, by output. */
export type Outputs = Readonly<Record<string, unknown>>;

/** Outputs of the parts that fleets share. */
export const environmentOutputs = ({ aws, sessionLogging, drainDocumentName }: Environment): Outputs => ({
  session_start_command: startSessionCommand(aws.region, sessionLogging),
  session_logs_name: sessionLogging.logGroupName,
  session_logs_console: logGroupLink(aws, sessionLogging.logGroupName),
  drain_command: drainCommand(aws.region, drainDocumentName),
});

/** Outputs of one fleet, each behind the fleet's name. */
export function fleetOutputs({ aws }: Environment, fleet: AutoscalingGroupFleet): Outputs {
  const secrets = fleet.runners.flatMap(({ key, token }) =>
    token.kind === 'made' ? [[key, token.secretName] as const] : [],
  );
  const ofSecrets = (content: (secretName: string) => string) =>
    Object.fromEntries(secrets.map(([key, secretName]) => [key, content(secretName)]));
  const outputs: Outputs = {
    group_name: fleet.awsName,
    group_console: groupLink(aws, fleet.awsName),
    log_group: fleet.awsName,
    log_console: logGroupLink(aws, fleet.awsName),
    ...scalingOutputs(aws, fleet.scaling),
    ...(secrets.length === 0
      ? {}
      : {
          secret_names: ofSecrets((name) => name),
          secret_console: ofSecrets((name) => secretLink(aws, name)),
          set_token_commands: ofSecrets((name) => setTokenCommand(aws.region, name)),
        }),
  };
  return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [`${fleet.name}_${name}`, value]));
}

const scalingOutputs = (aws: Environment['aws'], scaling: AutoscalingGroupFleet['scaling']): Outputs =>
  scaling.type === 'fixed'
    ? {}
    : {
        scaling_log_group: scaling.functionName,
        scaling_log_console: logGroupLink(aws, scaling.functionName),
      };
