package Logistics::Upstream;

# A small HTTP server whose answers are a Perl function, for what stands behind the gateway:
#   my $up = Logistics::Upstream->start(dir => …, answer => sub { my $req = shift; [200, {}, 'body'] });
# The function gets { method, path, headers, body } and runs in a child of its own, one process a
# connection, so a slow answer holds nobody else. Instead of an answer it may return 'cut' (close
# without a byte) or a string of raw bytes. Requests are recorded: ->requests, ->last_request, ->count; not
# with record => 0, for heavy traffic.

use strict;
use warnings;

use Fcntl qw(:flock);
use IO::Socket::INET;
use JSON::PP ();
use Logistics::Process qw(fork_child free_port slurp);
use POSIX ();

my $number = 0;

sub start {
    my ($class, %opt) = @_;
    my $self = bless { port => free_port(), name => 'upstream-' . ++$number, %opt }, $class;

    $self->{record} = ($self->{record} // 1) && "$self->{dir}/$self->{name}.requests";
    my $listener = IO::Socket::INET->new(
        LocalAddr => '127.0.0.1', LocalPort => $self->{port}, Listen => 128, ReuseAddr => 1)
        or die "$self->{name}: $!";
    $self->{process} = fork_child($self->{name}, sub { $self->serve($listener) });
    close $listener;
    return $self;
}

sub address { return "127.0.0.1:$_[0]{port}" }
sub stop { return $_[0]{process}->stop }

# What came so far, oldest first. Each is decoded once, so that a test may look again and again.
sub requests {
    my ($self) = @_;
    my @lines = $self->lines;

    $self->{known} //= [];
    push @{ $self->{known} }, map { JSON::PP::decode_json($_) } splice @lines, @{ $self->{known} };
    return @{ $self->{known} };
}

sub lines { return -e $_[0]{record} ? split /\n/, slurp($_[0]{record}) : () }
sub count { return scalar(() = $_[0]->lines) }
sub last_request { return JSON::PP::decode_json(($_[0]->lines)[-1]) }

sub serve {
    my ($self, $listener) = @_;

    $SIG{CHLD} = 'IGNORE';
    while (my $client = $listener->accept) {
        my $pid = fork // next;
        if ($pid == 0) {
            close $listener;
            eval { $self->connection($client); 1 } or print STDERR $@;
            POSIX::_exit(0);
        }
        close $client;
    }
    return;
}

sub connection {
    my ($self, $client) = @_;

    while (my $request = read_request($client)) {
        $self->record($request) if $self->{record};
        my $answer = $self->{answer}->($request);
        return if !ref $answer && $answer eq 'cut';
        print {$client} ref $answer ? format_answer($request, @$answer) : $answer;
        $client->flush;
        return if !ref $answer || ($request->{headers}{connection} // '') =~ /close/i;
    }
    return;
}

sub record {
    my ($self, $request) = @_;

    open my $file, '>>', $self->{record} or die "$self->{record}: $!";
    flock $file, LOCK_EX;
    # Bodies are kept as bytes: one character each.
    syswrite $file, JSON::PP->new->utf8->canonical->encode($request) . "\n";
    close $file;
    return;
}

sub read_request {
    my ($client) = @_;
    my ($head, $body) = ('', '');

    local $/ = "\r\n";
    my $line = <$client> // return;
    my ($method, $path) = $line =~ m{^(\S+) (\S+) HTTP/1\.[01]\r\n$} or return;
    my (%headers, @list);
    while (defined(my $header = <$client>)) {
        last if $header eq "\r\n";
        my ($name, $value) = $header =~ /^([^:]+):\s*(.*?)\s*\r\n$/ or return;
        $headers{ lc $name } = $value;
        push @list, [$name, $value];
    }
    if (my $length = $headers{'content-length'}) {
        read $client, $body, $length;
    } elsif (($headers{'transfer-encoding'} // '') eq 'chunked') {
        while (my ($size) = (<$client> // '') =~ /^([0-9a-fA-F]+)/) {
            read $client, my $chunk, hex($size);
            read $client, my $end, 2;
            $body .= $chunk;
            last if hex($size) == 0;
        }
    }
    return { method => $method, path => $path, headers => \%headers, list => \@list, body => $body };
}

sub format_answer {
    my ($request, $status, $headers, $body) = @_;
    my %headers = ('Content-Type' => 'application/json', %{ $headers // {} });

    $body = JSON::PP->new->utf8->canonical->encode($body) if ref $body;
    $body //= '';
    $headers{'Content-Length'} //= length $body;
    return "HTTP/1.1 $status X\r\n" . join('', map {"$_: $headers{$_}\r\n"} sort keys %headers)
        . "\r\n" . ($request->{method} eq 'HEAD' ? '' : $body);
}

1;
