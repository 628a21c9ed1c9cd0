package Logistics::Receiver;

# A receiver of callbacks (t/callback/receiver.py), and what it got.

use strict;
use warnings;

use Exporter qw(import);
use JSON::PP ();
use Logistics::Gateway;
use Logistics::Process qw(slurp spawn spew wait_for);

our @EXPORT = qw(start_receiver requests_in valid_callback);

# Serves on the port, by TLS when a certificate and its key are given; each request is a line in the log.
sub start_receiver {
    my ($port, $log, @tls) = @_;
    my $out = "$log.out";

    spew($_, '') for $log, $out;
    my $process = spawn(name => 'receiver', stdout => $out, stderr => $out,
        argv => ['/usr/bin/python3', "$Logistics::Gateway::ROOT/t/callback/receiver.py", $port, $log, @tls]);
    wait_for(sub { $process->alive or die slurp($out); slurp($out) =~ /^ready/m }, 60, 'the receiver');
    return $process;
}

# Requests of whole lines, of a path when it is given: {path, body, headers, peer}
sub requests_in {
    my ($log, $path) = @_;
    my ($whole) = slurp($log) =~ /\A(.*\n)?/s;

    return grep { !$path || $_->{path} eq $path } map { JSON::PP->new->utf8->decode($_) } split /\n/, $whole // '';
}

# What docs/callback.schema.json says of the bodies: '' or its findings.
sub valid_callback {
    my ($dir, @bodies) = @_;
    my @files = map { "$dir/callback-$_.json" } 1 .. @bodies;

    spew($files[$_], $bodies[$_]) for 0 .. $#bodies;
    my ($rc, $out, $err) = Logistics::Gateway::ctl_run('validate', "$Logistics::Gateway::ROOT/docs/callback.schema.json", @files);
    return $rc == 0 ? '' : "exit $rc: $out$err";
}

1;
