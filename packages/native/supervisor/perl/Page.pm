# The state page: the first 4096 bytes of the file `state`, behind which the spec stands as JSON. Same bytes as struct state_page
# in supervise.h, written through a file descriptor. Its space is taken beforehand, so that a full disk cannot lose a status.
package Duende::Page;
use strict;
use warnings;
use Fcntl qw(O_RDWR O_CREAT O_RDONLY O_NOFOLLOW);

use constant { CREATED => 0, STARTING => 1, RUNNING => 2, PAUSED => 3, STOPPING => 4, STOPPED => 5, FAILED => 6 };
use constant {
  NONE          => 0,
  EXIT_CODE     => 1,
  SIGNALED      => 2,
  OOM           => 3,
  START_TIMEOUT => 4,
  WATCHDOG      => 5,
  RESTART_LIMIT => 6,
  SPAWN         => 7,
  LOST          => 8,
};
use constant { NO_EXIT => 0, BY_CODE => 1, BY_SIGNAL => 2 };

my $magic = 'DUENDEn1';
my $size  = 4096;
# In the order of the struct. There is no guardian here: its fields stay 0.
my @fields = qw(magic sequence state main_pid supervisor_pid main_start supervisor_start guardian_pid restarts guardian_start
  started_ms finished_ms restart_at_ms exit_kind exit_value exit_core reason health log_errno last_exit_kind last_exit_value
  ready stop_asked id boot_id name message first_pid committed);
my $layout = 'a8 L< L< l< l< Q< Q< l< L< Q< q< q< q< L< l< L< L< L< L< L< l< L< L< a40 a40 a64 a256 l< L<';

our %page = map { ($_ => 0) } @fields;
@page{qw(magic id boot_id name message)} = ($magic, '', '', '', '');
my $file;
my $behind = 0;    # the last write failed: the file is older than %page

# False with $! set. Makes the file whole: page and spec.
sub create {
  my ($spec, %values) = @_;
  @page{ keys %values } = values %values;
  # The last byte of a text is its NUL.
  $page{id}   = substr $page{id},   0, 39;
  $page{name} = substr $page{name}, 0, 63;
  $page{boot_id} = substr $page{boot_id}, 0, 39;
  sysopen $file, 'state', O_RDWR | O_CREAT, 0600 or return 0;
  my $bytes = pack $layout, @page{@fields};
  return Duende::System::write_all($file, $bytes . "\0" x ($size - length $bytes) . $spec);
}

sub exists_already { return defined $file }

# Changes some fields; published with the next ones.
sub note {
  my (%values) = @_;
  @page{ keys %values } = values %values;
}

# Changes some fields. Readers retry while the sequence is odd or has changed under them.
sub update {
  my (%values) = @_;
  $values{message} = substr $values{message}, 0, 255 if exists $values{message};
  note(%values);
  publish();
}

sub put {
  my ($at, $bytes) = @_;
  return defined sysseek($file, $at, 0) && Duende::System::write_all($file, $bytes);
}

sub publish {
  return unless $file;
  $page{sequence} = ($page{sequence} | 1) & 0xffffffff;
  $behind = !put(8, pack 'L<', $page{sequence});
  $behind ||= !put(0, pack $layout, @page{@fields});
  return if $behind;
  $page{sequence} = ($page{sequence} + 1) & 0xffffffff;
  $behind = !put(8, pack 'L<', $page{sequence});
}

# File systems that copy on write can be full even for bytes that are there already: such a write is made up for later.
sub is_behind { return $behind }

# The page of another daemon as a hash; undef when there is none or it cannot be understood.
sub read_other {
  my ($folder) = @_;
  sysopen my $other, "$folder/state", O_RDONLY | O_NOFOLLOW or return undef;
  my $length = sysread $other, (my $bytes), $size;
  return undef unless $length && $length == $size;
  my %read;
  @read{@fields} = unpack $layout, $bytes;
  return undef unless $read{magic} eq $magic && $read{state} <= FAILED && $read{name} =~ /\0\z/;
  s/\0.*//s for @read{qw(id boot_id name message)};
  return undef unless length $read{id} == 36;
  return \%read;
}

1;
