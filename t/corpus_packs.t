# Every document of the shared corpus that is of a pack's kind translates: no unknown code, every time of
# it used, one id an event, no offset invented. What lies beside and is no such document is listed as
# refused, with the reason. The corpus is not part of this repository: skipped where it is not there.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;

my $shared = $ENV{LGS_SHARED} || root() . '/../shared';
my $corpus = "$shared/corpus";
plan skip_all => "no corpus at $corpus: set LGS_SHARED" unless -d "$corpus/carrier";
chdir root();

sub list { return grep { defined } map { ref $_ eq 'ARRAY' ? @$_ : $_ } @_ }
sub date_time { return join '', grep { defined } @_ }

# mapping, files, the times of a document as their sender wrote them
my @kinds = (
    ['ups-track', 'carrier/ups/karrioapi+karrio/test_tracking__TrackingResponseJSON.json', sub {
        map { date_time(@$_{qw(date time)}) } map { list($_->{activity}) } map { list($_->{package}) }
            list($_[0]{trackResponse}{shipment});
    }],
    ['fedex-track', 'carrier/fedex/karrioapi+karrio/test_tracking__*TrackingResponse.json', sub {
        map { $_->{date} } map { list($_->{scanEvents}) } map { list($_->{trackResults}) }
            list($_[0]{output}{completeTrackResults});
    }],
    ['easypost', 'carrier/easypost/EasyPost+easypost-ruby/EasyPost_*.json', sub {
        map { $_->{datetime} } map { list($_->{tracking_details}) } list($_[0]{trackers});
    }],
    ['aftership', 'carrier/aftership/AfterShip+aftership-sdk-java/*{Get,Update,Mark}*Result.json', sub {
        my $data = $_[0]{data};
        map { $_->{checkpoint_time} } map { list($_->{checkpoints}) } list($data->{trackings}, $data->{tracking});
    }],
    ['postnl', 'carrier/postnl/*/*currentstatus3.http', sub {
        $_[0]{CurrentStatus}{Shipment}{Status}{TimeStamp} =~ s/^(\d\d)-(\d\d)-(\d{4})/$3-$2-$1/r;
    }],
    ['postnl', 'carrier/postnl/*/*updatedshipments.http', sub { map { $_->{Status}{Timestamp} } list($_[0]) }],
    ['postnl', 'carrier/postnl/*/*signature.http', sub { $_[0]{Signature}{SignatureDate} }],
    ['mydhl', 'carrier/mydhl/*/{schema__t,test_tracking__T}*esponse.json', sub {
        map { date_time(@$_{qw(date time)}) } map { list($_->{events}, map { list($_->{events}) } list($_->{pieces})) }
            list($_[0]{shipments});
    }],
    ['hermes-de', 'carrier/hermes/*/schema__tracking_response.json', sub {
        map { $_->{timestamp} } map { list($_->{status}) } list($_[0]{shipmentinfo});
    }],
    ['laposte', 'carrier/laposte/*/schema__tracking_response.json', sub {
        map { $_->{date} } map { list($_->{shipment}{event}) } list($_[0]{responses});
    }],
    ['asendia', 'carrier/asendia/*/schema__tracking_response.json', sub { map { $_->{time} } list($_[0]{trackingEvents}) }],
    ['spring', 'carrier/spring/*/schema__tracking_response.json', sub { map { $_->{DateTime} } list($_[0]{Shipment}{Events}) }],
    ['amazon-milestones', 'carrier/amazon/*/*Milestone*.json', sub {
        map { $_->{occurredAt} }
            list($_[0]{payload}{shipmentTrackingMilestoneChangedNotification}{trackingDetail}{milestoneHistory});
    }],
    ['samsara-dvir', 'telematics/samsara/*/POST_fleet_dvirs.json', sub { $_[0]{data}{endTime} }],
    ['geotab', 'telematics/geotab/*/*device_status_infos*', sub { map { $_->{dateTime} } list($_[0]{result}) }],
    ['geotab', 'telematics/geotab/*/*fault_data.yml', sub { map { $_->{dateTime} } list($_[0]{result}) }],
    ['dcsa-tnt', 'ocean/dcsa-tnt/*/{v2_[st],v3_}*.json', sub {
        map { $_->{payload}{eventDateTime} // $_->{eventDateTime} // $_->{eventCreatedDateTime} } list($_[0]);
    }],
    ['epcis', 'epcis/gs1+EPCIS/{Example,JSON*-c,With}*.jsonld', sub {
        map { $_->{errorDeclaration} ? $_->{errorDeclaration}{declarationTime} : $_->{eventTime} }
            list($_[0]{epcisBody}{eventList});
    }],
);

# mapping, files, why it is none of its documents
my @refused = (
    ['ups-track', 'carrier/ups/karrioapi+karrio/test_tracking__InvalidTrackingNumberResponseJSON.json',
        'an error'],
    ['easypost', 'carrier/easypost/EasyPost+examples/*events-list.json', 'events without what they are about'],
    ['easypost', 'carrier/easypost/EasyPost+examples/*webhooks-list.json', 'the list of webhooks'],
    ['aftership', 'carrier/aftership/*/*ReTrackResult.json', 'the receipt of an order to track again'],
    ['17track', 'carrier/17track/*/*packages_response*.json',
        'the web site\'s inner interface, not the API: events as JSON within a text'],
    ['17track', 'carrier/17track/*/*{add_package,authentication,summary}*.json', 'receipts and counts of it'],
    ['shipengine', 'carrier/shipengine/*/*.json', 'shipments to be rated'],
    ['dhl-unified', 'carrier/dhl_parcel_de/*/schema__tracking_response.json',
        'request, answer and error in one: made to generate types from, not sent by anybody'],
    ['dhl-unified', 'carrier/dhl_parcel_de/*/test_shipment__*.json', 'a label'],
    ['dpd', 'carrier/dpd_meta/*/*.json', 'a label'],
    ['gls', 'carrier/gls/*/test_shipment__*.json', 'a label'],
    ['sendle', 'carrier/sendle/*/*.json', 'an order'],
    ['laposte', 'carrier/*/karrioapi+karrio/*.expected.json', "karrio's own results, of every carrier"],
    ['postnl', 'carrier/newzealandpost/*/*.json', 'rates, of another post'],
    ['ups-track', 'carrier/ups/karrioapi+karrio/test_pickup__PickupResponse.json', 'a pickup order'],
    ['ups-track', 'carrier/ups/karrioapi+karrio/test_shipment__ShipmentResponseJSON.json', 'a label'],
    ['samsara-stats', 'telematics/samsara/*/GET_fleet_vehicles_stats.json', 'the word "time" where times are'],
    ['samsara-stats', 'telematics/samsara/*/GET_v1_fleet_trips.json', 'trips without their vehicle'],
    ['samsara-stats', 'telematics/samsara/*/GET_{alerts,fleet_reports,idling,maintenance,webhooks}*.json',
        'configuration, reports, parts'],
    ['samsara-dvir', 'telematics/samsara/*/POST_maintenance*.json', 'parts moved in store'],
    ['smartcar', 'telematics/smartcar/*/*.json', 'answers that do not say of which vehicle they are'],
    ['dcsa-tnt', 'ocean/dcsa-tnt/*/v2_base*.json', 'assembled: no time at all'],
    ['epcis', 'epcis/gs1+EPCIS/*-h.jsonld', 'one member twice in one object'],
    ['rfms', 'telematics/rfms/*/*.json', 'a heading of a manual'],
);

# PostNL's files are whole HTTP messages, Geotab's cassettes of them: a document is what lies in it.
sub documents {
    my ($path) = @_;
    my $text = slurp($path);

    # The sign in and the device asked for before are none.
    return grep { /"dateTime"/ } map { s/''/'/gr } $text =~ /^ +string: '(\{"result":.*\})'$/mg if $path =~ /\.yml$/;
    $text =~ s/\A.*?\r?\n\r?\n//s if $path =~ /\.http$/;
    return $text;
}

my $at = File::Temp->newdir;

sub translate {
    my ($mapping, $text, @options) = @_;
    spew("$at/document.json", $text);
    my ($code, $out, $err) = ctl_run('map', @options, $mapping, "$at/document.json");
    return ($code, $err, map { decode_json($_) } split /\n/, $out);
}

# 2024-05-14T11:02:00.000+02:00 → 20240514110200
sub digits { return substr($_[0] =~ s/(?<=\d)(?:Z|[+-]\d\d:?\d\d)$//r =~ s/[.]0+$//r =~ s/\D//gr, 0, 14) }

my %count = (files => 0, records => 0, refused => 0);

for my $kind (@kinds) {
    my ($mapping, $files, $times, @options) = @$kind;
    my @paths = glob "$corpus/$files";

    ok(scalar @paths, "$files: in the corpus");
    for my $path (@paths) {
        for my $text (documents($path)) {
            my ($code, $err, @records) = translate($mapping, $text, @options);

            is($code, 0, "$mapping: " . substr($path, length "$corpus/")) or diag($err);
            is($err, '', 'no warning: every code is known');
            is_deeply([grep { /[.]unknown$/ } map { $_->{type} } @records], [], 'none of an unknown type');
            my %told = map { digits($_->{local} // $_->{occurred_at}) => 1 } @records;
            is_deeply([grep { !$told{ digits($_) } } $times->(decode_json($text))], [], 'every time is used');
            my %ids = map { $_->{id} => 1 } @records;
            is(scalar keys %ids, scalar @records, 'no two events have one id');
            is_deeply([grep { defined $_->{occurred_at} && !defined $_->{tz_from} && $_->{occurred_at} !~ /Z$/ }
                @records], [], 'no offset is invented');
            $count{files}++;
            $count{records} += @records;
        }
    }
}

for my $row (@refused) {
    my ($mapping, $files, $why) = @$row;
    my @paths = glob "$corpus/$files";

    ok(scalar @paths, "$files: in the corpus");
    for my $path (@paths) {
        my ($code, $err, @records) = translate($mapping, documents($path));
        ok($code != 0 || !@records, substr($path, length "$corpus/") . " is refused: $why");
        $count{refused}++;
    }
}
diag("$count{files} documents translated to $count{records} records, $count{refused} refused on purpose");
done_testing();
