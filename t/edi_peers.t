# Acknowledgements that we write, read by others: node-x12 in its strict mode and edifact, of npm.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;
use File::Temp ();

chdir root();
my $build = Logistics::Gateway::build_dir();
my $has_peers = system("tools/npm-packages '$build/npm'") == 0;
plan skip_all => 'the npm registry does not answer, so there is nobody to ask' if !$has_peers && !$ENV{CI};

my $dir = File::Temp->newdir;
my $isa = 'ISA*00*          *00*          *ZZ*ACME           *ZZ*OURS           *260314*0930*U*00401*000000007*0*P*>~';

sub acknowledged {
    my ($standard, $source) = @_;
    spew("$dir/in", $source);
    my (undef, $out) = ctl_run('edi', 'ack', '--at', '202603151045', '--each', "$dir/in");
    spew("$dir/ack", $out);
    my $said = `node t/suite/edi_peers.js '$build/npm/node_modules' $standard '$dir/ack'`;
    is($?, 0, "$standard: it is read");
    return [split /\n/, $said];
}

is_deeply(
    acknowledged(x12 => "${isa}GS*QM*ACME*OURS*20260314*0930*12*X*004010~ST*214*0001~B10*P~ST*214*0002~SE*9*0002~"
            . 'GE*2*12~IEA*1*000000007~'),
    ['AK1 QM 12', 'AK2 214 0001', 'AK5 R 2', 'AK2 214 0002', 'AK5 E 4', 'AK9 P 2 2 1'], 'a 997');
is_deeply(
    acknowledged(edifact => "UNB+UNOC:3+AC?+ME:ZZ+OURS:14+260314:0930+R7++++1'UNH+1+IFTSTA:D:96A:UN'"
            . "UNH+2+IFTSTA:D:96A:UN'UNT+2+2'UNZ+2+R7'"),
    ['UNB UNOA 3 OURS 14 AC+ME ZZ 260315 1045 1', 'UNH 1 CONTRL D 3 UN', 'UCI R7 AC+ME ZZ OURS 14 7',
        'UCM 1 IFTSTA D 96A UN 4 13 UNT', 'UCM 2 IFTSTA D 96A UN 7', 'UNT 5 1', 'UNZ 1 1'], 'a CONTRL');
done_testing;
