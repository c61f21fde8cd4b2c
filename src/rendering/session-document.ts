import type { SessionLogging } from '../config/model';

/** Session Manager preferences. @see https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-schema.html */
interface SessionDocument {
  readonly schemaVersion: '1.0';
  readonly description: string;
  readonly sessionType: 'Standard_Stream';
  readonly inputs: {
    readonly s3BucketName: string;
    readonly s3KeyPrefix: string;
    readonly s3EncryptionEnabled: boolean;
    readonly cloudWatchLogGroupName: string;
    readonly cloudWatchEncryptionEnabled: boolean;
    readonly cloudWatchStreamingEnabled: boolean;
    readonly kmsKeyId: string;
    readonly runAsEnabled: boolean;
    readonly runAsDefaultUser: string;
    readonly idleSessionTimeout: string;
    readonly maxSessionDuration: string;
    readonly shellProfile: { readonly windows: string; readonly linux: string };
  };
}

/** The document that makes Session Manager log every session, encrypted, while it runs. */
export function renderSessionDocument(logging: SessionLogging): string {
  const document: SessionDocument = {
    schemaVersion: '1.0',
    description: `Shells whose every line is logged to ${logging.logGroupName}`,
    sessionType: 'Standard_Stream',
    inputs: {
      s3BucketName: '',
      s3KeyPrefix: '',
      s3EncryptionEnabled: true,
      cloudWatchLogGroupName: logging.logGroupName,
      cloudWatchEncryptionEnabled: true,
      cloudWatchStreamingEnabled: true,
      kmsKeyId: '',
      runAsEnabled: false,
      runAsDefaultUser: '',
      idleSessionTimeout: String(logging.idleTimeoutMinutes),
      maxSessionDuration: String(logging.maxDurationMinutes),
      shellProfile: { windows: '', linux: '' },
    },
  };
  return JSON.stringify(document);
}
