"""Route 53: zones that one VPC knows."""

from moto.route53.responses import Route53

from gaps import gap, wrapped


@gap('Route53', 'a zone that is made with a VPC is public unless its maker says so: a second plan is not empty')
def private_zones():
    @wrapped(Route53, 'create_hosted_zone')
    def create_hosted_zone(original, response):
        asked = response._get_bool_param

        def told(name, *default):
            is_private = name == 'HostedZoneConfig.PrivateZone' and response._get_param('VPC.VPCId')
            return True if is_private else asked(name, *default)

        response._get_bool_param = told
        return original(response)
