package Logistics::Redis;

# A private redis-server of a test, and a client for it (RESP2).

use strict;
use warnings;

use Carp qw(croak);
use IO::Socket::INET;
use Logistics::Process qw(free_port spawn wait_for);

# start(dir => existing folder, port => …, append_only => 0|1)
sub start {
    my ($class, %opt) = @_;
    my $self = bless { port => free_port(), %opt }, $class;

    $self->run;
    return $self;
}

sub run {
    my ($self) = @_;

    $self->{process} = spawn(
        name   => 'redis-server',
        stdout => "$self->{dir}/redis.log",
        stderr => "$self->{dir}/redis.log",
        argv   => [
            'redis-server', "$Logistics::Gateway::ROOT/conf/redis.conf", '--port', $self->{port}, '--bind', '127.0.0.1',
            '--dir', $self->{dir}, '--maxmemory', 0, '--daemonize', 'no', $self->{append_only} ? () : ('--appendonly', 'no')
        ]);
    wait_for(sub { $self->{process}->alive || die "redis-server left, see $self->{dir}/redis.log\n";
                   eval { $self->cmd('PING') eq 'PONG' } }, 60, 'redis-server');
    return;
}

sub address { return "127.0.0.1:$_[0]{port}" }

sub stop {
    my ($self, $signal) = @_;
    delete $self->{socket};
    return $self->{process}->stop($signal);
}

# One command; arrays come back as array references, nil as undef, errors die.
sub cmd {
    my ($self, @words) = @_;
    my $text = '*' . @words . "\r\n" . join '', map { '$' . length($_) . "\r\n$_\r\n" } @words;

    local $SIG{PIPE} = 'IGNORE';
    $self->{socket} //= IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $self->{port})
        // croak "redis: $!";
    $self->{socket}->autoflush(1);
    my $reply = eval { print { $self->{socket} } $text or die "redis: $!\n"; [$self->reply] };
    if (!$reply) {
        delete $self->{socket};
        croak $@;
    }
    return $reply->[0];
}

sub reply {
    my ($self) = @_;
    my $socket = $self->{socket};
    local $/ = "\r\n";
    my $line = <$socket> // die "redis: connection closed\n";

    chomp $line;
    my $kind = substr $line, 0, 1, '';
    return $line if $kind eq '+' || $kind eq ':';
    die "redis: $line\n" if $kind eq '-';
    return undef if $line < 0;    ## no critic: nil
    return [map { $self->reply } 1 .. $line] if $kind eq '*';
    my $data = '';
    while (length $data < $line + 2) {
        read $socket, $data, $line + 2 - length $data, length $data or die "redis: cut\n";
    }
    return substr $data, 0, $line;
}

1;
