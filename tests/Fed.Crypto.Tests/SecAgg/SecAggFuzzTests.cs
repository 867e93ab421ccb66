using System.Buffers.Binary;
using System.Globalization;

namespace Fed.Crypto.Tests.SecAgg;

/// <summary>Damaged messages against every reader: a message that is whole, or <see cref="SecAggFormatException"/>, and bounded memory. <c>./test.sh fuzz crypto</c> runs a million, the plain run a part.</summary>
public sealed class SecAggFuzzTests
{
    private const int AllocatedMax = 48 << 10;   // the message with its parts, its encoding, or an exception with its trace

    private static readonly Messages All = new();
    private static readonly int ObjectsPerKind = (int.Parse(Environment.GetEnvironmentVariable("FED_FUZZ_OBJECTS") ?? "18000", CultureInfo.InvariantCulture) / All.Names.Count()) + 1;

    public static TheoryData<string> Kinds => [.. All.Names];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_damaged_message_is_whole_or_refused_and_memory_is_bounded(string kind)
    {
        byte[] original = All.Bytes(kind);
        byte[][] donors = [.. All.Names.Select(All.Bytes)];
        Random random = new(kind.Length);
        int refused = 0;
        for (int i = 0; i < ObjectsPerKind; i++)
        {
            byte[] damaged = Damage(random, original, donors[random.Next(donors.Length)]);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                Assert.Equal(damaged, All.Reencode(kind, damaged));
            }
            catch (SecAggFormatException)
            {
                refused++;
            }
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, AllocatedMax);
        }
        Assert.InRange(refused, ObjectsPerKind / 5, ObjectsPerKind);   // most bytes of most messages are keys, hashes and ciphertexts, which any value could be
    }

    private static byte[] Damage(Random random, byte[] original, byte[] donor)
    {
        byte[] bytes = [.. original];
        for (int count = 1 + random.Next(3); count > 0; count--)
        {
            int at = random.Next(3) == 0 ? random.Next(Math.Min(64, bytes.Length)) : random.Next(bytes.Length);
            switch (random.Next(6))
            {
                case 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: bytes[at] = (byte)random.Next(256); break;
                case 2: bytes = bytes[..Math.Max(1, at)]; break;
                case 3: bytes = [.. bytes, .. donor.AsSpan(0, random.Next(donor.Length))]; break;
                case 4: if (at + 2 <= bytes.Length) BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(at), (ushort)(random.Next(2) == 0 ? ushort.MaxValue : random.Next(300))); break;
                default: donor.AsSpan(0, Math.Min(donor.Length, bytes.Length - at)).CopyTo(bytes.AsSpan(at)); break;
            }
        }
        return bytes;
    }
}
