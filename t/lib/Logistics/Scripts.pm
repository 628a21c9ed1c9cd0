# The queue's scripts (ngx_logistics_module/queue/*.lua) against a real redis-server, each as it is sent.
package Logistics::Scripts;
use strict;
use warnings;
use Exporter qw(import);
use File::Temp ();
use Logistics::Redis;
use Logistics::Test qw(root);

our @EXPORT = qw($LANE $redis done_record run_in run_script);

chdir root();
our $LANE = 'lgs:{L07}';
our $dir = File::Temp->newdir; # a "my" would be gone when this file has been read
our $redis = Logistics::Redis->start(dir => "$dir", append_only => 1);
my %text;

# What it returns: name, then its arguments behind the lane.
sub run_script {
    my ($name, @argv) = @_;
    return run_in([$LANE], $name, @argv);
}

sub run_in {
    my ($lanes, $name, @argv) = @_;
    $text{$name} //= qx(sh tools/embed-scripts ngx_logistics_module/queue --text $name);
    return $redis->cmd('EVAL', $text{$name}, scalar @$lanes, @$lanes, @argv);
}

# What the gateway has kept of an idempotency key (lgs_once_answer), for short texts: MessagePack.
sub done_record {
    my ($print, @answer) = @_;
    return "\x96" . join '', map { pack('CC', 0xd9, length) . $_ } $print, 'done', @answer;
}

1;
