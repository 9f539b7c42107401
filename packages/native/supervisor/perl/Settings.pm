# The configuration, in two blocks, so that the folder is made while the client still works on the second: first where and which
# (base, id), then everything else. A block: u32 length of all that follows, then frames of {u32 tag, u32 length, bytes, NUL},
# little endian. src/config-frame.ts writes them.
package Duende::Settings;
use strict;
use warnings;
use POSIX ();

our %set = map { ($_ => 0) } qw(no_new_privileges restart_policy restart_delay restart_factor_milli restart_max_delay
  restart_max restart_window stop_signal stop_timeout start_timeout notify log_max_size log_files keep_log health_type
  health_interval health_timeout health_retries health_start_period health_port);
@set{qw(uid gid open_files lock_memory)} = (-1, -1, -1, -1);
our (%text, @argv, @env, @groups, @health_argv);

my %text_tags = (1 => 'base', 2 => 'name', 3 => 'id', 4 => 'spec', 5 => 'program', 8 => 'cwd', 14 => 'health_host',
  15 => 'health_request', 17 => 'boot_id');
my %list_tags = (6 => \@argv, 7 => \@env, 10 => \@groups, 13 => \@health_argv);

# The client has thought better of it, or died.
sub give_up {
  Duende::Claim::roll_back();
  POSIX::_exit(1);
}

sub read_exactly {
  my ($file, $length) = @_;
  my $bytes = '';
  while (length $bytes < $length) {
    my $got = sysread $file, $bytes, $length - length $bytes, length $bytes;
    next if !defined $got && $!{EINTR};
    give_up() unless $got;
  }
  return $bytes;
}

my $half_heard = 0;    # the client is about to send the second block, or has

# Who has not been heard out would meet a closed socket instead of our answer.
sub hear_out {
  return unless $half_heard;
  $half_heard = 0;
  my $length = unpack 'L<', read_exactly($Duende::Handshake::client, 4);
  read_exactly($Duende::Handshake::client, $length);
}

sub set_number {
  my ($name, $value) = $_[0] =~ /^(\w+)=(-?\d+)$/ or return 0;
  return 0 unless exists $set{$name};
  $set{$name} = $value + 0;
  return 1;
}

sub wrong { Duende::Handshake::fail_spawn('config', $_[0]) }

sub take {
  my ($tag, $value) = @_;
  if (my $name = $text_tags{$tag}) { $text{$name} = $value }
  elsif (my $list = $list_tags{$tag}) { push @$list, $value }
  elsif ($tag == 9) { set_number($value) or wrong(POSIX::EINVAL()) }
  # Control groups: capabilities have said that there are none here.
  elsif ($tag == 11 || $tag == 12 || $tag == 16) { Duende::Handshake::fail_spawn('resources', POSIX::EOPNOTSUPP()) }
  else { wrong(POSIX::EPROTO()) }
}

sub require_texts {
  for (@_) { wrong(POSIX::EINVAL()) unless defined $text{$_} }
}

sub read_block {
  my $file  = $Duende::Handshake::client;
  my $total = unpack 'L<', read_exactly($file, 4);
  wrong(POSIX::E2BIG()) if $total > 64 << 20;
  my $bytes = read_exactly($file, $total);
  for (my $at = 0 ; $at + 8 <= $total ;) {
    my ($tag, $length) = unpack 'L<L<', substr $bytes, $at, 8;
    wrong(POSIX::EPROTO()) if $at + 9 + $length > $total;
    take($tag, substr $bytes, $at + 8, $length);
    $at += 9 + $length;
  }
}

sub read_place {
  read_block();
  $half_heard = 1;
  require_texts(qw(base id));
  wrong(POSIX::EINVAL()) unless $text{base} =~ m{^/};
}

sub read_rest {
  $half_heard = 0;
  read_block();
  require_texts(qw(name spec program cwd boot_id));
  wrong(POSIX::EINVAL()) unless @argv;
  $set{stop_signal} = Duende::System::signal_from_linux($set{stop_signal});
  unsupported();
}

# What this machine has no means for is refused by name; capabilities say so beforehand.
sub unsupported {
  return if Duende::System::has_calls();
  my $stage =
      $set{open_files} >= 0    ? 'resources.openFilesMax'
    : $set{lock_memory} >= 0   ? 'resources.lockMemory'
    : $set{no_new_privileges}  ? 'sandbox.noNewPrivileges'
    :                            return;
  Duende::Handshake::fail_spawn($stage, POSIX::ENOSYS());
}

1;
