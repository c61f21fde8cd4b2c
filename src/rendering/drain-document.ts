import { machinePaths } from './machine-paths';

/** What becomes of an instance that an operator drains, by the word that its drain script takes. */
const modes = {
  replace: 'end it; the group starts another one',
  shrink: 'end it; the group becomes smaller by one',
  keep: 'leave it, without jobs',
};

/**
 * The Command document that drains one instance on demand.
 * @see https://docs.aws.amazon.com/systems-manager/latest/userguide/documents-schemas-features.html
 */
export const renderDrainDocument = (): string =>
  JSON.stringify({
    schemaVersion: '2.2',
    description: 'Lets the jobs of a gitlab-runner instance finish, without new ones',
    parameters: {
      Mode: {
        type: 'String',
        description: Object.entries(modes)
          .map(([mode, effect]) => `${mode}: ${effect}`)
          .join('. '),
        allowedValues: Object.keys(modes),
        default: 'replace',
      },
    },
    mainSteps: [
      {
        action: 'aws:runShellScript',
        name: 'drain',
        inputs: { timeoutSeconds: '172800', runCommand: [`${machinePaths.drain} --{{ Mode }}`] },
      },
    ],
  });
