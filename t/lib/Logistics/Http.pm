package Logistics::Http;

# A small HTTP/1.1 client for tests: sends exactly what it is told, keeps the connection, gives every
# header back. Answers are { status, reason, headers => {lower-case name → value}, list => [[name,
# value], …], body, closed }; ->json decodes the body.

use strict;
use warnings;

use Carp qw(croak);
use IO::Select;
use IO::Socket::INET;
use JSON::PP ();
use Time::HiRes qw(time);

sub new {
    my ($class, %opt) = @_;
    return bless { host => '127.0.0.1', timeout => 10, %opt, buffer => '' }, $class;
}

sub connect {
    my ($self) = @_;

    $self->{buffer} = '';
    $self->{socket} = IO::Socket::INET->new(
        PeerAddr => $self->{host}, PeerPort => $self->{port}, Timeout => $self->{timeout})
        or croak "connect to $self->{host}:$self->{port}: $!";
    $self->{socket}->autoflush(1);
    return $self;
}

sub close {
    my ($self) = @_;
    $self->{socket}->close if $self->{socket};
    delete $self->{socket};
    return;
}

# Headers are a list of pairs, so that one can stand twice. Host and Content-Length are added unless
# given; a header whose value is undef is left out.
sub request {
    my ($self, $method, $path, $headers, $body) = @_;

    $self->send(format_request($self, $method, $path, $headers, $body));
    return $self->answer($method);
}

sub format_request {
    my ($self, $method, $path, $headers, $body) = @_;
    my @headers = @{ $headers // [] };
    my %given;
    my $text = "$method $path HTTP/1.1\r\n";

    for (my $i = 0; $i < @headers; $i += 2) {
        $given{ lc $headers[$i] } = 1;
        $text .= "$headers[$i]: $headers[$i + 1]\r\n" if defined $headers[$i + 1];
    }
    $text .= "Host: localhost\r\n" unless $given{host};
    $text .= 'Content-Length: ' . length($body) . "\r\n"
        if defined $body && !$given{'content-length'} && !$given{'transfer-encoding'};
    return "$text\r\n" . ($body // '');
}

# Bytes as they are.
sub send {
    my ($self, $bytes) = @_;
    local $SIG{PIPE} = 'IGNORE';

    $self->connect unless $self->{socket};
    utf8::encode($bytes) if utf8::is_utf8($bytes);
    my $sent = 0;
    while ($sent < length $bytes) {
        my $n = syswrite $self->{socket}, $bytes, length($bytes) - $sent, $sent;
        return unless $n;    # the peer refused early: its answer says why
        $sent += $n;
    }
    return;
}

# The next answer on the connection; undef when the peer closed without one.
sub answer {
    my ($self, $method) = @_;
    my $head;

    do {
        $head = $self->head // return;
    } while ($head->{status} >= 100 && $head->{status} < 200 && $head->{status} != 101);

    my $length = $head->{headers}{'content-length'};
    if (($method // '') eq 'HEAD' || $head->{status} =~ /^(?:101|204|304)$/) {
        $head->{body} = '';
    } elsif (($head->{headers}{'transfer-encoding'} // '') =~ /chunked/i) {
        $head->{body} = $self->chunked;
    } elsif (defined $length) {
        $head->{body} = $self->take($length);
    } else {
        $head->{body} = $self->rest;
        $head->{closed} = 1;
    }
    if ($head->{closed} || ($head->{headers}{connection} // '') =~ /close/i) {
        $head->{closed} = 1;
        $self->close;
    }
    return $head;
}

sub head {
    my ($self) = @_;

    $self->fill or return until $self->{buffer} =~ /\r\n\r\n/;
    $self->{buffer} =~ s/\A(.*?)\r\n\r\n//s;
    my ($line, @lines) = split /\r\n/, $1;
    my ($status, $reason) = $line =~ m{^HTTP/1\.[01] (\d{3}) ?(.*)$} or croak "no HTTP answer: $line";
    my (%headers, @list);
    for (@lines) {
        my ($name, $value) = /^([^:]+):\s*(.*?)\s*$/ or croak "no header: $_";
        push @list, [$name, $value];
        $headers{ lc $name } = exists $headers{ lc $name } ? "$headers{lc $name}, $value" : $value;
    }
    return bless { status => $status + 0, reason => $reason, headers => \%headers, list => \@list },
        'Logistics::Http::Answer';
}

sub chunked {
    my ($self) = @_;
    my $body = '';

    while (1) {
        $self->fill or croak 'cut within a chunk' until $self->{buffer} =~ s/\A([0-9a-fA-F]+)[^\r\n]*\r\n//;
        my $size = hex $1;
        $body .= $self->take($size);
        $self->take(2);
        return $body if $size == 0;
    }
}

sub take {
    my ($self, $n) = @_;
    $self->fill or croak "cut: $n bytes expected, " . length($self->{buffer}) . ' came'
        while length $self->{buffer} < $n;
    return substr $self->{buffer}, 0, $n, '';
}

# Everything until the peer closes.
sub rest {
    my ($self) = @_;
    1 while $self->fill;
    return substr $self->{buffer}, 0, length $self->{buffer}, '';
}

sub fill {
    my ($self) = @_;
    my $wait = IO::Select->new($self->{socket});

    croak "no answer within $self->{timeout} s" unless $wait->can_read($self->{timeout});
    return sysread $self->{socket}, $self->{buffer}, 65536, length $self->{buffer};
}

package Logistics::Http::Answer;

sub json {
    my ($self) = @_;
    return JSON::PP->new->utf8->allow_nonref->decode($self->{body});
}

sub header { return $_[0]{headers}{ lc $_[1] } }

1;
