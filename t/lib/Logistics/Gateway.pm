package Logistics::Gateway;

# A gateway of a test's own: the shipped configuration (conf/) and policies (lua-free-policies/) with
# the test's edits, stock nginx with the module, a private Redis, and the Odoo stand-in, all in a
# temporary folder on free ports. Logistics::Test documents the options.

use strict;
use warnings;

use Carp qw(croak);
use Cwd ();
use Fcntl qw(:flock);
use File::Basename qw(dirname);
use File::Copy ();
use File::Find ();
use File::Path qw(make_path);
use File::Temp ();
use IPC::Open2 ();
use JSON::PP ();
use Logistics::Http;
use Logistics::Process qw(free_port spawn wait_for slurp spew children_of);
use Logistics::Redis;

our $ROOT = Cwd::abs_path(dirname(__FILE__) . '/../../..');

# The folder of what was built.
sub build_dir {
    my $dir = $ENV{LGS_BUILD} // 'build';
    return $dir =~ m{^/} ? $dir : "$ROOT/$dir";
}

sub is_sanitized { return !!$ENV{LGS_SANITIZE} }

sub module_path {
    return build_dir() . (is_sanitized() ? '/asan' : '') . '/ngx_http_logistics_module.so';
}

sub new {
    my ($class, %opt) = @_;
    my $self = bless {
        module => 1, redis => 1, odoo => 19, workers => 2, start => 1, log_level => 'info', %opt,
    }, $class;

    $self->{temp} = File::Temp->newdir('lgs-test-XXXXXX', TMPDIR => 1, CLEANUP => !$ENV{LGS_KEEP});
    $self->{dir} = $self->{temp}->dirname;
    # Started by root, workers are "nobody": they must reach what is below.
    chmod 0755, $self->{dir};
    $self->{port} = free_port();
    make_path(map {"$self->{dir}/$_"} qw(redis odoo run/keys state));
    chmod 0777, "$self->{dir}/state";
    $self->{start} and $self->up;
    return $self;
}

sub up {
    my ($self) = @_;

    $self->write_policies if $self->{module};
    $self->{redis_server} = Logistics::Redis->start(
        dir => "$self->{dir}/redis", append_only => $self->{append_only}) if $self->{redis};
    $self->start_odoo if $self->{odoo};
    $self->write_conf;
    $self->start_nginx;
    $self->start_relay if $self->{relay};
    return $self;
}

sub dir { return $_[0]{dir} }
sub port { return $_[0]{port} }
sub url { return "http://127.0.0.1:$_[0]{port}" }

# ---- policies ------------------------------------------------------------------------------------

# A copy of lua-free-policies, then the test's edits: file => text | undef (removed) | sub that
# changes $_. With `policies_only` nothing is copied.
sub write_policies {
    my ($self) = @_;
    my $dir = $self->{policies_dir} = "$self->{dir}/policies";

    copy_tree("$ROOT/lua-free-policies", $dir) unless $self->{policies_only};
    $self->edit_policies(%{ $self->{policies_only} // $self->{policies} // {} });
    $self->make_keys;
    $self->make_secrets;
    return;
}

sub edit_policies {
    my ($self, %files) = @_;

    for my $name (sort keys %files) {
        my $path = "$self->{policies_dir}/$name";
        my $edit = $files{$name};
        if (!defined $edit) {
            unlink $path or croak "$path: $!";
        } elsif (ref $edit eq 'CODE') {
            my $before = local $_ = slurp($path);
            $edit->();
            croak "the edit of $name changed nothing" if $_ eq $before;
            spew($path, $_);
        } else {
            make_path(dirname($path));
            spew($path, $edit);
        }
    }
    return;
}

sub copy_tree {
    my ($from, $to) = @_;

    File::Find::find({ no_chdir => 1, wanted => sub {
        my $target = $to . substr $File::Find::name, length $from;
        -d $File::Find::name ? make_path($target) : File::Copy::copy($File::Find::name, $target)
            || die "$target: $!";
    } }, $from);
    return;
}

# The demo issuer's key pair is made once a build folder: an RSA key takes a while.
sub make_keys {
    my ($self) = @_;
    my $shared = build_dir() . '/test-keys';

    make_path($shared);
    open my $lock, '>', "$shared/.lock" or die "$shared/.lock: $!";
    flock $lock, LOCK_EX;
    ctl('token', 'keys', '--out', $shared) unless -e "$shared/demo.jwks.json";
    close $lock;
    for my $file (qw(demo.key.pem demo.jwks.json)) {
        File::Copy::copy("$shared/$file", "$self->{dir}/run/keys/$file") or die "$file: $!";
    }
    return;
}

# What the shipped gateway.yaml names as Odoo's key. The stand-in's default is taken.
sub make_secrets {
    my ($self) = @_;

    spew("$self->{dir}/run/keys/odoo.key", $self->{odoo_key} // 'gateway-key');
    return;
}

# Runs logisticsctl; returns its output, dies with its errors.
sub ctl {
    my (@argv) = @_;
    my ($rc, $out, $err) = ctl_run(@argv);

    croak "logisticsctl @argv: $err" if $rc != 0;
    return $out;
}

# (exit code, stdout, stderr). { stdin => text, dir => where it runs } may come first. Dies when a signal ended it.
sub ctl_run {
    my ($how, @argv) = ref $_[0] ? @_ : ({}, @_);
    my $temp = File::Temp->newdir;

    spew("$temp/in", $how->{stdin} // '');
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        open STDIN,  '<', "$temp/in";
        open STDOUT, '>', "$temp/out";
        open STDERR, '>', "$temp/err";
        chdir $how->{dir} or POSIX::_exit(127) if defined $how->{dir};
        exec { build_dir() . '/logisticsctl' } 'logisticsctl', @argv or POSIX::_exit(127);
    }
    waitpid $pid, 0;
    croak "logisticsctl @argv: signal " . ($? & 127) . ', ' . slurp("$temp/err") if $? & 127;
    return ($? >> 8, slurp("$temp/out"), slurp("$temp/err"));
}

# A token of the demo issuer: token(partner => …, scope => …, ttl => …), as logisticsctl mints it.
sub token {
    my ($self, %opt) = @_;
    my $text = ctl('token', '--policies', $self->{policies_dir}, '--keys', "$self->{dir}/run/keys",
        map { ("--$_", $opt{$_}) } grep { defined $opt{$_} } sort keys %opt);

    chomp $text;
    return $text;
}

# ---- servers -------------------------------------------------------------------------------------

sub start_odoo {
    my ($self) = @_;
    my $odoo = $self->{odoo_server} = {
        port   => $self->{odoo_server}{port} // free_port(),
        gevent => $self->{odoo_server}{gevent} // free_port(),
        db     => "$self->{dir}/odoo/odoo.sqlite",
        log    => "$self->{dir}/odoo/odoo.log",
    };

    spew($odoo->{log}, '');
    $odoo->{process} = spawn(
        name   => 'odoo stand-in',
        stdout => $odoo->{log},
        stderr => $odoo->{log},
        argv   => [
            '/usr/bin/python3', "$ROOT/t/odoo/odoo_standin.py", '--version', $self->{odoo},
            '--port', $odoo->{port}, '--gevent-port', $odoo->{gevent}, '--db', $odoo->{db},
            '--workers', 2, @{ $self->{odoo_args} // [] }
        ]);
    wait_for(sub { $odoo->{process}->alive || croak "the Odoo stand-in left: " . slurp($odoo->{log});
                   slurp($odoo->{log}) =~ /^ready \d+/m }, 60, 'the Odoo stand-in');
    return;
}

# logistics-relay beside this gateway; several have names of their own. lease => '2s'; relay_program => another build of it.
sub start_relay {
    my ($self, $name) = @_;
    my $log = "$self->{dir}/state/relay.log";

    spew($log, '') unless -e $log;
    my $seen = () = slurp($log) =~ /relay: ready/g;
    my $relay = spawn(name => 'logistics-relay', stdout => $log, stderr => $log,
        argv => [build_dir() . '/' . ($self->{relay_program} // 'logistics-relay'), '--policies', $self->{policies_dir}, '--redis', $self->{redis_server}->address,
            '--gateway', "$self->{dir}/state/relay.sock", '--lease', $self->{lease} // '60s', $name ? ('--name', $name) : ()]);
    wait_for(sub { $relay->alive or croak 'the relay left: ' . slurp($log);
                   (() = slurp($log) =~ /relay: ready/g) > $seen }, 60, 'logistics-relay');
    push @{ $self->{relays} }, $relay;
    return $relay;
}

sub relay_log { return slurp("$_[0]{dir}/state/relay.log") }

sub stop_odoo { return $_[0]{odoo_server}{process}->stop }

# Sets the stand-in's latency and faults; see t/odoo/odoo_standin.py.
sub odoo_control {
    my ($self, %what) = @_;
    my $answer = Logistics::Http->new(port => $self->{odoo_control_port} // $self->{odoo_server}{port})
        ->request('POST', '/_control', ['Content-Type' => 'application/json'], JSON::PP::encode_json(\%what));

    croak "odoo control: $answer->{status} $answer->{body}" if $answer->{status} != 200;
    return;
}

# Calls that the stand-in got, how many run, and more.
sub odoo_calls {
    my ($self) = @_;
    return Logistics::Http->new(port => $self->{odoo_control_port} // $self->{odoo_server}{port})
        ->request('GET', '/_control/calls')->json;
}

# Rows of the stand-in's database as hashes: tables are models with _ for the dot.
sub odoo_rows {
    my ($self, $sql, @values) = @_;
    return @{ $self->ask_database($sql, @values) };
}

# The whole database as text, to compare.
sub odoo_dump { return $_[0]->ask_database(undef) }

# Perl's core has no SQLite, Python's has: one process for all questions of a test, since starting it takes
# longer than they do. It ends when its input does.
my $READER = <<'END';
import json, sqlite3, sys
for line in sys.stdin:
    path, sql, values = json.loads(line)
    try:
        db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        db.row_factory = sqlite3.Row
        answer = [dict(r) for r in db.execute(sql, values)] if sql else "\n".join(db.iterdump())
        db.close()
    except sqlite3.Error as error:
        answer = {"error": str(error)}
    print(json.dumps(answer), flush=True)
END
my %reader; # of this process: a fork of the test has its own

sub ask_database {
    my ($self, $sql, @values) = @_;
    my $reader = $reader{$$} //= do {
        my $pid = IPC::Open2::open2(my $out, my $in, 'python3', '-c', $READER);
        { out => $out, in => $in };
    };

    print { $reader->{in} } JSON::PP->new->utf8->encode([$self->{odoo_server}{db}, $sql, [map {"$_"} @values]]), "\n";
    $reader->{in}->flush;
    my $answer = JSON::PP->new->utf8->allow_nonref->decode(readline($reader->{out}) // croak 'python3 has ended');
    croak "$sql: $answer->{error}" if ref $answer eq 'HASH';
    return $answer;
}

# The value of one line of /metrics, 0 when it is not there.
sub metric {
    my ($self, $name) = @_;
    my ($value) = $self->get('/metrics')->{body} =~ /^\Q$name\E (\S+)$/m;

    return $value // 0;
}

sub write_conf {
    my ($self) = @_;
    my $conf = "$self->{dir}/conf";
    my $odoo = $self->{odoo_server};
    local %ENV = (
        %ENV,
        LGS_STATE    => "$self->{dir}/state",
        LGS_MODULE   => module_path(),
        LGS_LISTEN   => "127.0.0.1:$self->{port}",
        LGS_POLICIES => $self->{policies_dir} // '/nonexistent',
        LGS_WORKERS  => $self->{workers},
        LGS_LOG_LEVEL => $self->{log_level},
        LGS_REDIS    => $self->{redis_server} ? $self->{redis_server}->address : '127.0.0.1:1',
        LGS_ODOO     => $odoo ? "127.0.0.1:$odoo->{port}" : $self->{odoo_address} // '127.0.0.1:1',
        LGS_ODOO_WEBSOCKET => $odoo ? "127.0.0.1:$odoo->{gevent}" : '127.0.0.1:1',
        LGS_FORWARD  => $self->{forward} ? $self->{forward}->address : '127.0.0.1:1',
        %{ $self->{env} // {} },
    );
    system("$ROOT/tools/render-conf", $conf) == 0 or croak 'tools/render-conf failed';
    append("$conf/local/main.conf", $self->{main});
    append("$conf/local/http.conf", $self->{http});
    append("$conf/local/server.conf", $self->{server});
    spew("$conf/nginx.conf", $self->fill($self->{conf})) if defined $self->{conf};
    return;
}

sub append {
    my ($path, $text) = @_;
    spew($path, slurp($path) . $text) if defined $text;
    return;
}

# %%PORT%%, %%DIR%%, %%MODULE%%, %%REDIS%% in a test's own nginx.conf.
sub fill {
    my ($self, $text) = @_;
    my %value = (
        PORT => $self->{port}, DIR => $self->{dir}, MODULE => module_path(),
        REDIS => $self->{redis_server} ? $self->{redis_server}->address : '127.0.0.1:1',
    );

    $text =~ s{%%([A-Z]+)%%}{$value{$1} // croak "no value for %%$1%%"}ge;
    return $text;
}

sub nginx_argv {
    my ($self) = @_;
    return ('/usr/sbin/nginx', '-p', "$self->{dir}/state/", '-c', "$self->{dir}/conf/nginx.conf",
        '-e', "$self->{dir}/state/error.log");
}

sub nginx_env {
    return {} unless is_sanitized();
    my @libs = map { chomp(my $path = `gcc -print-file-name=$_`); $path } qw(libasan.so libubsan.so);

    return {
        LD_PRELOAD    => "@libs",
        ASAN_OPTIONS  => 'detect_leaks=0:abort_on_error=0',
        UBSAN_OPTIONS => 'print_stacktrace=1',
    };
}

# nginx -t: (true when it is content, everything it said)
sub check_conf {
    my ($self) = @_;
    my $out = "$self->{dir}/state/nginx-t.txt";

    unlink $out;
    my $check = spawn(name => 'nginx -t', argv => [$self->nginx_argv, '-t'], env => nginx_env(),
        stdout => $out, stderr => $out);
    wait_for(sub { !$check->alive }, 30, 'nginx -t');
    return ($check->status == 0, slurp($out));
}

sub start_nginx {
    my ($self) = @_;
    my $stderr = "$self->{dir}/state/stderr.log";

    $self->{nginx} = spawn(name => 'nginx', argv => [@{ $self->{prefix} // [] }, $self->nginx_argv], env => nginx_env(),
        stdout => $stderr, stderr => $stderr);
    my $up = eval {
        wait_for(sub { $self->{nginx}->alive or die "nginx left\n";
                       -s "$self->{dir}/state/nginx.pid" && $self->worker_pids == $self->{workers}
                           && IO::Socket::INET->new(PeerAddr => "127.0.0.1:$self->{port}") }, 20, 'nginx');
    };
    return $self if $up;
    croak "$@" . slurp($stderr) . (-e "$self->{dir}/state/error.log" ? $self->log : '');
}

sub master_pid { return $_[0]{nginx}->pid }

sub worker_pids {
    my ($self) = @_;
    # A worker may go between two looks: eval.
    return grep { (eval { slurp("/proc/$_/cmdline") } // '') =~ /worker process(?! is shutting)/ }
        children_of($self->master_pid);
}

# Resident KiB of all workers together.
sub worker_rss {
    my ($self) = @_;
    my $sum = 0;

    for my $pid ($self->worker_pids) {
        my ($kib) = slurp("/proc/$pid/status") =~ /^VmRSS:\s+(\d+)/m;
        $sum += $kib;
    }
    return $sum;
}

# HUP; returns when new workers serve (the old ones may still finish). With expect => 'refused' it
# returns when the master has kept the old ones.
sub reload {
    my ($self, %opt) = @_;
    my %old = map { $_ => 1 } $self->worker_pids;
    my $refused = () = $self->log =~ /\[emerg\]/g;

    $self->{nginx}->kill('HUP');
    if (($opt{expect} // '') eq 'refused') {
        wait_for(sub { (() = $self->log =~ /\[emerg\]/g) > $refused }, 10, 'a refused reload');
        return;
    }
    wait_for(sub {
        my @serving = $self->worker_pids; # an old one still accepts until it has seen its QUIT
        @serving >= $self->{workers} && !grep { $old{$_} } @serving;
    }, 10, 'new workers alone');
    return;
}

# ---- requests ------------------------------------------------------------------------------------

# A connection of its own, kept between requests.
sub client { return Logistics::Http->new(port => $_[0]{port}, timeout => $_[1] // 15) }

# One request on a new connection. Headers are a list of pairs.
sub request {
    my ($self, $method, $path, $headers, $body) = @_;
    my $client = $self->client;
    my $answer = $client->request($method, $path, [@{ $headers // [] }, Connection => 'close'], $body);

    $client->close;
    return $answer;
}

sub get {
    my ($self, $path, @headers) = @_;
    return $self->request('GET', $path, \@headers);
}

# $data is a text (sent as it is) or a structure (sent as JSON).
sub post_json {
    my ($self, $path, $data, @headers) = @_;
    my $is_typed = grep { lc($_) eq 'content-type' } @headers[grep { $_ % 2 == 0 } 0 .. $#headers];

    $data = JSON::PP->new->utf8->canonical->encode($data) if ref $data;
    push @headers, 'Content-Type', 'application/json' unless $is_typed;
    return $self->request('POST', $path, \@headers, $data);
}

# Raw bytes on a new connection; everything that comes back until the gateway closes.
sub raw {
    my ($self, $bytes, $timeout) = @_;
    my $client = $self->client($timeout);

    $client->send($bytes);
    my $answer = $client->rest;
    $client->close;
    return $answer;
}

sub redis_cmd {
    my ($self, @words) = @_;
    return $self->{redis_server}->cmd(@words);
}

# ---- logs ----------------------------------------------------------------------------------------

sub log { return slurp("$_[0]{dir}/state/error.log") }

sub log_like {
    my ($self, $pattern) = @_;
    return $self->log =~ $pattern;
}

# The access log as a list of records.
sub access_log {
    my ($self) = @_;
    # A line without its end is still being written.
    my ($whole) = slurp("$self->{dir}/state/access.log") =~ /\A(.*\n)?/s;
    return map { JSON::PP::decode_json($_) } split /\n/, $whole // '';
}

my %FAULTS = map { $_ => 1 } 4, 6, 7, 8, 11; # SIGILL, SIGABRT, SIGBUS, SIGFPE, SIGSEGV

# What must never stand in the logs: alerts and sanitizer reports, except what $allow matches; and relays that a fault ended.
sub complaints {
    my ($self, $allow) = @_;
    my $state = "$self->{dir}/state";
    my $text = join '', map { -e $_ ? slurp($_) : '' } "$state/error.log", "$state/stderr.log";

    my @crashed = map {"$_->[0] ended by signal $_->[1]"} grep { $FAULTS{ $_->[1] } }
        map { [$_->{name}, ($_->status // 0) & 127] } @{ $self->{relays} // [] };
    return @crashed, grep { !$allow || $_ !~ $allow }
        grep { /\[(?:alert|emerg|crit)\]|AddressSanitizer|LeakSanitizer|runtime error:/ } split /\n/, $text;
}

# QUIT to nginx; true when it left within so many seconds, 5. Then everything else is stopped.
sub quit {
    my ($self, $seconds) = @_;

    $_->stop for @{ $self->{relays} // [] };
    $self->{nginx}->kill('QUIT');
    my $left = $self->{nginx}->wait_exit($seconds // 5);
    $self->{nginx}->stop;
    $self->stop_odoo if $self->{odoo_server};
    $self->{redis_server}->stop if $self->{redis_server};
    return $left;
}

1;
