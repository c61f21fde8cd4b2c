/**
 * The fleet type `autoscaling-group` where the jobs decide: several projects with a token each, cheap spot instances
 * behind one on demand, as many as the jobs need, and none at night.
 */
export default {
  project: 'acme',
  aws: { region: 'eu-central-1' },
  network: {
    type: 'existing',
    vpcId: 'vpc-0a1b2c3d4e5f60718',
    subnetIds: ['subnet-0a1b2c3d4e5f60718', 'subnet-0a1b2c3d4e5f60719'],
  },
  secretRecoveryDays: 0,
  fleets: {
    linux: {
      type: 'autoscaling-group',
      launch: {
        type: 'template',
        instanceTypes: ['m6i.large', 'm5.large', 'm6a.large'],
        spot: { onDemandBase: 1, onDemandPercentage: 0 },
      },
      capacity: {
        min: 1,
        max: 20,
        maxInstanceLifetimeDays: 7,
        schedules: {
          evening: { cron: '0 20 * * MON-FRI', timezone: 'Europe/Berlin', min: 0, max: 0 },
          morning: { cron: '0 6 * * MON-FRI', timezone: 'Europe/Berlin', min: 1, max: 20 },
        },
      },
      scaling: { type: 'jobs' },
      runners: {
        website: { requestConcurrency: 2 },
        services: { requestConcurrency: 2, limit: 2 },
      },
    },
  },
} satisfies EnvironmentInput;
