! A rod of heat, and a file written and read again: what a Fortran program asks of its system.
program heat
  implicit none
  integer, parameter :: points = 4000, steps = 20
  integer :: i, step, found
  real(8), allocatable :: old(:), new(:)
  character(len=20) :: line
  allocate (old(0:points + 1), new(0:points + 1))
  do i = 0, points + 1
    old(i) = mod(i * 37, 101) / 10.0d0
  end do
  new = old
  do step = 1, steps
    do i = 1, points
      new(i) = (old(i - 1) + 2 * old(i) + old(i + 1)) / 4
    end do
    old = new
  end do
  write (*, '(a,f14.8)') 'sum ', sum(old)
  open (10, file='heat.txt', status='replace')
  write (10, '(i6)') points
  close (10)
  open (10, file='heat.txt', status='old')
  read (10, '(i6)') found
  close (10)
  write (line, '(a,i0)') 'found ', found
  write (*, '(a)') trim(line)
end program
