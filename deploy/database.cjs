// Aurora PostgreSQL Serverless v2 with the Data API. Nothing connects to it but that API, so its network
// lets nothing in and nothing out.
const { getAtt, readParams } = require('./template.cjs');

const ref = (name) => ({ Ref: name });

/** A network of two zones, as Aurora wants at least, without a way to anywhere. It costs nothing. */
const NETWORK = {
  Vpc: {
    Type: 'AWS::EC2::VPC',
    Properties: { CidrBlock: '10.20.0.0/24', EnableDnsSupport: true, EnableDnsHostnames: true },
  },
  SubnetA: subnet(0, '10.20.0.0/26'),
  SubnetB: subnet(1, '10.20.0.64/26'),
  DbSubnets: {
    Type: 'AWS::RDS::DBSubnetGroup',
    Properties: {
      DBSubnetGroupDescription: 'The database, reachable through the Data API alone',
      SubnetIds: [ref('SubnetA'), ref('SubnetB')],
    },
  },
  DbSecurityGroup: {
    Type: 'AWS::EC2::SecurityGroup',
    Properties: {
      GroupDescription: 'Nothing in, nothing out',
      VpcId: ref('Vpc'),
      // Without a rule CloudFormation would let everything out.
      SecurityGroupEgress: [{ IpProtocol: '-1', CidrIp: '127.0.0.1/32', Description: 'nowhere' }],
    },
  },
};

function subnet(zone, cidr) {
  return {
    Type: 'AWS::EC2::Subnet',
    Properties: {
      VpcId: ref('Vpc'),
      AvailabilityZone: { 'Fn::Select': [zone, { 'Fn::GetAZs': '' }] },
      CidrBlock: cidr,
    },
  };
}

module.exports.resources = async ({ resolveVariable }) => {
  const { dbSubnetGroup, dbSecurityGroups, minAcu } = await readParams(resolveVariable, [
    'dbSubnetGroup',
    'dbSecurityGroups',
    'minAcu',
  ]);
  const network = dbSubnetGroup === '' ? NETWORK : {};
  const place =
    dbSubnetGroup === ''
      ? {
          DBSubnetGroupName: ref('DbSubnets'),
          VpcSecurityGroupIds: [getAtt('DbSecurityGroup', 'GroupId')],
        }
      : {
          DBSubnetGroupName: dbSubnetGroup,
          VpcSecurityGroupIds: String(dbSecurityGroups).split(','),
        };
  return {
    Resources: {
      ...network,
      DbCluster: {
        Type: 'AWS::RDS::DBCluster',
        DeletionPolicy: 'Snapshot',
        UpdateReplacePolicy: 'Snapshot',
        Properties: {
          Engine: 'aurora-postgresql',
          EngineVersion: '${param:engineVersion}',
          DatabaseName: 'tandem',
          MasterUsername: 'tandem',
          ManageMasterUserPassword: true,
          EnableHttpEndpoint: true,
          StorageEncrypted: true,
          BackupRetentionPeriod: '${param:backupDays}',
          CopyTagsToSnapshot: true,
          DeletionProtection: '${param:deletionProtection}',
          ...place,
          ServerlessV2ScalingConfiguration: {
            MinCapacity: '${param:minAcu}',
            MaxCapacity: '${param:maxAcu}',
            // A cluster with a floor never pauses, and takes no time of pausing.
            ...(Number(minAcu) === 0 ? { SecondsUntilAutoPause: '${param:autoPauseSeconds}' } : {}),
          },
        },
      },
      DbInstance: {
        Type: 'AWS::RDS::DBInstance',
        // The data are the cluster's.
        DeletionPolicy: 'Delete',
        UpdateReplacePolicy: 'Delete',
        Properties: {
          Engine: 'aurora-postgresql',
          DBInstanceClass: 'db.serverless',
          DBClusterIdentifier: ref('DbCluster'),
          PubliclyAccessible: false,
          // Upgraded behind its back, the next deploy would ask for the version that it had.
          AutoMinorVersionUpgrade: false,
        },
      },
    },
    Outputs: {
      ClusterArn: { Value: getAtt('DbCluster', 'DBClusterArn') },
      DatabaseSecretArn: { Value: getAtt('DbCluster', 'MasterUserSecret.SecretArn') },
    },
  };
};
