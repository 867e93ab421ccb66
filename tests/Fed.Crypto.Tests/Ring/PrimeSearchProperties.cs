using Fed.Crypto.Ring;
using FsCheck;
using FsCheck.Fluent;

namespace Fed.Crypto.Tests.Ring;

public sealed class PrimeSearchProperties
{
    [Fact]
    public void Chains_hold_the_largest_primes_of_each_size_smallest_first()
    {
        Gen<(int Log, int[] Bits)> chains = Gen.Choose(3, 12).SelectMany(static log => Gen.Choose(log + 8, 60).NonEmptyListOf().Select(bits => (log, bits.Take(5).ToArray())));
        Prop.ForAll(chains.ToArbitrary(), chain =>
        {
            ulong step = 2UL << chain.Log;
            Modulus[] found = [.. PrimeSearch.Create(1 << chain.Log, chain.Bits)];
            Assert.Equal(chain.Bits, found.Select(static q => q.BitCount));
            Assert.All(found, q => Assert.Equal(1UL, q.Value % step));
            foreach (IGrouping<int, Modulus> size in found.GroupBy(static q => q.BitCount))
            {
                ulong[] primes = [.. size.Select(static q => q.Value)];
                Assert.Equal(primes.Distinct().Order(), primes);
                ulong[] largest = [.. Candidates(size.Key, step).Where(Modulus.IsPrime).Take(primes.Length).Reverse()];
                Assert.Equal(largest, primes);
            }
        }).QuickCheckThrowOnFailure();
    }

    private static IEnumerable<ulong> Candidates(int bits, ulong step)
    {
        ulong value = (1UL << bits) - 1;
        value -= (value - 1) % step;
        for (; value > 1UL << (bits - 1); value -= step) yield return value;
    }
}
