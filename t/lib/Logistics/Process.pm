package Logistics::Process;

# Starts programs for a test and ends each of them by its pid, whatever becomes of the test: at its
# end, when it dies, and when it is killed (each child asks the kernel for a TERM when its parent
# goes). Also free ports and waiting for a condition. Core Perl only.

use strict;
use warnings;

use Carp qw(croak);
use Exporter qw(import);
use Fcntl qw(:flock O_CREAT O_RDWR);
use File::Basename qw(dirname);
use File::Path qw(make_path);
use IO::Select;
use IO::Socket::INET;
use POSIX ();
use Time::HiRes qw(time);

our @EXPORT_OK = qw(free_port wait_for spawn fork_child slurp spew write_files children_of);

my %running;     # pid → process object
my @port_locks;  # held until this process ends
my $owner = $$;
# Nothing is ever written into it. Its end is "our": a "my" that no sub uses goes when this file has been
# read, and the pipe would be at its end, which is readable at once.
pipe(my $quiet, our $quiet_end) or die "pipe: $!";

# Seconds between two looks at a condition.
my $INTERVAL = 0.01;

# … and those after which a process that was asked to end hangs, on a machine as busy as it may be.
my $HANGS = 20;

# Linux: SYS_prctl by machine; PR_SET_PDEATHSIG is 1.
my %PRCTL = (x86_64 => 157, aarch64 => 167);

for my $signal (qw(INT TERM HUP)) {
    $SIG{$signal} = sub { exit 130 };
}

END {
    if ($$ == $owner) {
        my $status = $?;
        $_->stop for reverse sort { $a->{order} <=> $b->{order} } values %running;
        $? = $status;
    }
}

# Returns the first true value of $condition; dies after $seconds. The only place that waits.
sub wait_for {
    my ($condition, $seconds, $what) = @_;
    my $deadline = time + ($seconds // 5);
    my $idle = IO::Select->new($quiet);

    while (1) {
        my $value = $condition->();
        return $value if $value;
        croak 'waited ' . ($seconds // 5) . ' s for ' . ($what // 'a condition') if time > $deadline;
        $idle->can_read($INTERVAL);
    }
}

# A TCP port of 127.0.0.1 that nobody else gets: below the range of outgoing connections, and locked
# by a file until this process ends, so that tests in parallel never meet.
sub free_port {
    my $dir = "/tmp/logistics-ports-$<";

    mkdir $dir, 0700;
    for my $try (1 .. 2000) {
        my $port = 15000 + int rand 17000;
        sysopen my $lock, "$dir/$port", O_CREAT | O_RDWR, 0600 or die "$dir/$port: $!";
        next unless flock $lock, LOCK_EX | LOCK_NB;
        my $socket = IO::Socket::INET->new(
            LocalAddr => '127.0.0.1', LocalPort => $port, Listen => 1, ReuseAddr => 1);
        next unless $socket;
        push @port_locks, $lock;
        return $port;
    }
    die "no free port\n";
}

sub slurp {
    my ($path) = @_;
    open my $file, '<:raw', $path or croak "$path: $!";
    local $/;
    return scalar(<$file>) // '';
}

sub spew {
    my ($path, $text) = @_;
    open my $file, '>:raw', $path or croak "$path: $!";
    print $file $text;
    close $file or croak "$path: $!";
}

# Files below a folder, and the folders that they lie in: name => text.
sub write_files {
    my ($dir, %files) = @_;
    for my $name (sort keys %files) {
        make_path(dirname("$dir/$name"));
        spew("$dir/$name", $files{$name});
    }
    return;
}

# Direct children of a process.
sub children_of {
    my ($pid) = @_;
    open my $file, '<', "/proc/$pid/task/$pid/children" or return;
    return split ' ', <$file> // '';
}

# spawn(name => …, argv => […], env => {…}, stdout => file, stderr => file, dir => …): a running
# program as an object with pid, alive, stop, wait_exit.
sub spawn {
    my (%opt) = @_;

    return fork_child(
        $opt{name},
        sub {
            chdir $opt{dir} if $opt{dir};
            open STDIN,  '<',  '/dev/null';
            open STDOUT, '>>', $opt{stdout} // '/dev/null' or die "$opt{stdout}: $!";
            open STDERR, '>>', $opt{stderr} // '/dev/null' or die "$opt{stderr}: $!";
            local %ENV = (%ENV, %{ $opt{env} // {} });
            exec { $opt{argv}[0] } @{ $opt{argv} } or POSIX::_exit(127);
        });
}

# Runs $code in a child of its own process group; the child ends when $code returns.
sub fork_child {
    my ($name, $code) = @_;
    my $pid = fork // die "fork: $!";

    if ($pid == 0) {
        $SIG{$_} = 'DEFAULT' for qw(INT TERM HUP);
        setpgrp 0, 0;
        my $prctl = $PRCTL{ (POSIX::uname())[4] };
        syscall $prctl, 1, 15, 0, 0, 0 if $prctl;
        POSIX::_exit(1) if getppid != $owner && getppid == 1;
        eval { $code->(); 1 } or print STDERR $@;
        POSIX::_exit($@ ? 1 : 0);
    }
    my $self = bless { pid => $pid, name => $name, order => 1 + keys %running }, __PACKAGE__;
    $running{$pid} = $self;
    return $self;
}

sub pid { return $_[0]{pid} }

sub alive {
    my ($self) = @_;
    return 0 if defined $self->{status};
    if (waitpid($self->{pid}, POSIX::WNOHANG()) != 0) {
        $self->{status} = $?;
        delete $running{ $self->{pid} };
        return 0;
    }
    return 1;
}

sub kill {
    my ($self, $signal) = @_;
    return $self->alive && CORE::kill($signal, $self->{pid});
}

# True when it has gone within $seconds.
sub wait_exit {
    my ($self, $seconds) = @_;
    return eval { wait_for(sub { !$self->alive }, $seconds, "$self->{name} to end"); 1 };
}

# The exit status as in $?; undef while it runs.
sub status { return $_[0]{status} }

# TERM, and KILL to its process group for what hangs. True when TERM was enough.
sub stop {
    my ($self, $signal) = @_;
    return 1 unless $self->kill($signal // 'TERM');
    return 1 if $self->wait_exit($HANGS);
    CORE::kill('KILL', -$self->{pid});
    $self->wait_exit(5);
    return 0;
}

1;
