# The log: numbered files in log/, records as in the Kubernetes CRI log format: `TIME STREAM FLAG TEXT`, FLAG being F for a whole
# line and P for a part of one. What cannot be written (full disk) is kept in memory, and no more is read meanwhile.
package Duende::Logs;
use strict;
use warnings;
use Fcntl qw(O_RDWR O_WRONLY O_CREAT O_RDONLY O_NONBLOCK F_SETFL SEEK_END SEEK_SET);
use POSIX ();

my @streams = qw(stdout stderr);
our (@read, @write);           # pipe ends
my @waiting = ('', '');        # records that are not yet in a file
my ($file, $index, $size) = (undef, 0, 0);
my @part_open = (0, 0);        # the last record of the stream was a part: no rotation inside a line

sub fail { Duende::Handshake::fail_spawn('log', $! + 0) }

# The daemon's ends are open for reading too, so that it gets no SIGPIPE when this process was killed.
sub open_pipe {
  my ($reader, $writer);
  if (pipe $reader, $writer and Duende::Processes::has_proc()) {
    sysopen my $both, '/proc/self/fd/' . fileno($writer), O_RDWR or return ($reader, $writer);
    return ($reader, $both);
  }
  # No such folder: a pipe with a name, which is taken away again at once.
  POSIX::mkfifo('.pipe', 0600) or return ($reader, $writer);
  sysopen my $both, '.pipe', O_RDWR or return ($reader, $writer);
  sysopen my $other, '.pipe', O_RDONLY | O_NONBLOCK or return ($reader, $writer);
  unlink '.pipe';
  return ($other, $both);
}

sub open_pipes {
  for my $stream (0, 1) {
    ($read[$stream], $write[$stream]) = open_pipe();
    $write[$stream] or fail();
    fcntl $read[$stream], F_SETFL, O_NONBLOCK or fail();
    # Else opening /dev/stdout would be denied to another user.
    my $uid = $Duende::Settings::set{uid};
    chown $uid, -1, $read[$stream] if $uid >= 0;
  }
}

sub path_of { return sprintf 'log/%010d', $_[0] }

sub open_file {
  my ($number) = @_;
  sysopen my $next, path_of($number), O_WRONLY | O_CREAT, 0600 or return 0;
  ($file, $index) = ($next, $number);
  $size = sysseek $file, 0, SEEK_END;
  $size += 0;
  return 1;
}

# After the last file that there is: the log of a restarted daemon goes on.
sub ensure_file {
  return 1 if $file;
  my $last = 1;
  if (!mkdir 'log', 0700 and opendir my $folder, 'log') {
    for (readdir $folder) { $last = $_ + 0 if /^\d{10}$/ && $_ > $last }
  }
  return open_file($last);
}

# The next file; the oldest goes when there are more than are kept.
sub rotate {
  return unless open_file($index + 1);
  # One more than its number a time: after a change of the setting all older ones go.
  my $old = $index - 1 - $Duende::Settings::set{log_files};
  while ($old > 0) { last unless unlink path_of($old--) }
}

sub set_blocked {
  my ($error) = @_;
  Duende::Page::update(log_errno => $error) if $Duende::Page::page{log_errno} != $error;
}

sub is_blocked { return $Duende::Page::page{log_errno} != 0 }

# Whole records or, on a full disk, none: what was written of them is cut off again.
sub append {
  my ($data) = @_;
  if (ensure_file() && Duende::System::write_all($file, $data)) {
    $size += length $data;
    set_blocked(0);
    return 1;
  }
  my $error = $! + 0 || POSIX::ENOSPC();
  if ($file) {
    truncate $file, $size;
    sysseek $file, $size, SEEK_SET;
  }
  set_blocked($error);
  return 0;
}

sub time_text {
  my ($seconds, $microseconds) = Duende::System::wall();
  my ($second, $minute, $hour, $day, $month, $year) = gmtime $seconds;
  return sprintf '%04d-%02d-%02dT%02d:%02d:%02d.%06dZ', $year + 1900, $month + 1, $day, $hour, $minute, $second,
    $microseconds;
}

# Characters of a record before its text: the time, the stream, the flag, and a blank behind each.
my $before_text = 27 + 1 + 6 + 1 + 1 + 1;

# One record for each line, and one for what comes behind the last line.
sub records {
  my ($stream, $text) = @_;
  my $head  = time_text() . " $streams[$stream]";
  my $whole = substr $text, 0, rindex($text, "\n") + 1, '';
  my $out   = '';
  if ($whole ne '') {
    $whole =~ s/\n(?!\z)/\n$head F /g;
    $out = "$head F $whole";
  }
  $out .= "$head P $text\n" if $text ne '';
  return $out;
}

# How much of what waits goes into the current file: all, or up to the record that makes it full.
sub next_batch {
  my ($records, $most) = @_;
  my $room = $most - $size;
  return $records if length $records < $room;
  return substr $records, 0, index($records, "\n", $room > 0 ? $room - 1 : 0) + 1;
}

# False when something has to wait.
sub write_waiting {
  my ($stream) = @_;
  my $most = $Duende::Settings::set{log_max_size};
  while ($waiting[$stream] ne '') {
    ensure_file();
    rotate() if $size >= $most && !$part_open[0] && !$part_open[1];
    my $batch = next_batch($waiting[$stream], $most);
    return 0 unless append($batch);
    substr($waiting[$stream], 0, length $batch) = '';
    my $last = rindex($batch, "\n", length($batch) - 2) + 1;
    $part_open[$stream] = substr($batch, $last, $before_text) =~ / P $/;
  }
  return 1;
}

# Moves what a pipe holds into the log, at most one buffer; true when there may be more.
sub pump {
  my ($stream) = @_;
  if ($waiting[$stream] eq '') {
    sysread $read[$stream], my $text, 65536 or return 0;
    $waiting[$stream] = records($stream, $text);
  }
  return write_waiting($stream);
}

# After everything that writes has ended: all that is still in the pipes.
sub drain {
  for my $stream (0, 1) { 1 while pump($stream) }
}

# The text of the last record: what a program that failed to start said last.
sub last_line {
  return '' unless $file && sysopen my $log, path_of($index), O_RDONLY;
  sysseek $log, $size > 1023 ? $size - 1023 : 0, SEEK_SET;
  sysread $log, my $tail, 1023 or return '';
  my ($line) = $tail =~ /([^\n]*)\n\z/ or return '';
  return $line =~ /^\S+ \S+ \S+ (.*)/s ? substr $1, 0, 399 : '';
}

1;
