import { machinePaths } from './machine-paths';

/**
 * The Command document by which a manager of Docker Machine is asked which machines it knows. It takes no parameter, so
 * that whoever may send it can run nothing else.
 * @see https://docs.aws.amazon.com/systems-manager/latest/userguide/documents-schemas-features.html
 */
export const renderMachinesDocument = (): string =>
  JSON.stringify({
    schemaVersion: '2.2',
    description: 'Names the machines that a manager of Docker Machine knows, compressed, in base64',
    mainSteps: [
      {
        action: 'aws:runShellScript',
        name: 'list',
        inputs: { timeoutSeconds: '30', runCommand: [`${machinePaths.machines} --list`] },
      },
    ],
  });
