/** CloudWatch namespace of what our functions measure. */
export const metricsNamespace = 'GitLabRunner';
