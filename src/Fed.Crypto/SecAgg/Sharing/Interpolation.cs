namespace Fed.Crypto.SecAgg.Sharing;

/// <summary>Lagrange's weights at 0 for one set of holders; made once for all secrets that the same holders open.</summary>
internal sealed class Interpolation
{
    private const int FactorBits = 12;                      // a place and a difference of places are below 2^12: five of them fit in a word

    private readonly int[] _places;
    private readonly ulong[] _weights;

    /// <summary>Computes the weights.</summary>
    /// <param name="places">Distinct places, as many as the threshold.</param>
    /// <remarks>weight_j = product over m of x_m / (x_m - x_j), x = place + 1. All of it is public. One inversion for all denominators (Montgomery's trick); O(t^2) multiplications.</remarks>
    public Interpolation(ReadOnlySpan<int> places)
    {
        _places = places.ToArray();
        _weights = new ulong[_places.Length * PrimeField.Words];
        ulong[] denominators = new ulong[_weights.Length], running = new ulong[_weights.Length];
        Span<ulong> product = stackalloc ulong[PrimeField.Words], numerator = stackalloc ulong[PrimeField.Words], difference = stackalloc ulong[PrimeField.Words];
        One(product);
        One(numerator);
        foreach (int place in _places) PrimeField.MultiplySmall(numerator, (ulong)place + 1, numerator);
        for (int j = 0; j < _places.Length; j++)
        {
            // x_j times the product of (x_m - x_j), so that every weight is the one numerator over it.
            Span<ulong> denominator = Slot(denominators, j);
            One(denominator);
            bool negative = false;
            ulong factors = (ulong)_places[j] + 1;
            foreach (int other in _places)
            {
                if (other == _places[j]) continue;
                negative ^= other < _places[j];
                if (factors >> (64 - FactorBits) != 0)
                {
                    PrimeField.MultiplySmall(denominator, factors, denominator);
                    factors = 1;
                }
                factors *= (ulong)Math.Abs(other - _places[j]);
            }
            PrimeField.MultiplySmall(denominator, factors, denominator);
            if (negative)
            {
                difference.Clear();
                PrimeField.Subtract(difference, denominator, denominator);
            }
            product.CopyTo(Slot(running, j));
            PrimeField.Multiply(product, denominator, product);
        }
        PrimeField.Invert(product, product);
        for (int j = _places.Length - 1; j >= 0; j--)
        {
            Span<ulong> weight = Slot(_weights, j);
            PrimeField.Multiply(product, Slot(running, j), weight);
            PrimeField.Multiply(weight, numerator, weight);
            PrimeField.Multiply(product, Slot(denominators, j), product);
        }
    }

    /// <summary>Whether these are the holders, in this order.</summary>
    public bool IsFor(ReadOnlySpan<int> places) => places.SequenceEqual(_places);

    /// <summary>The value at 0.</summary>
    /// <param name="shares">The holders' shares one after another, each <see cref="PrimeField.Words"/> words.</param>
    /// <param name="secret">Receives 32 bytes.</param>
    /// <returns>False when the value has more than 32 bytes: the shares are not of a shared secret.</returns>
    public bool TryCombine(ReadOnlySpan<ulong> shares, Span<byte> secret)
    {
        Span<ulong> sum = stackalloc ulong[PrimeField.Words], term = stackalloc ulong[PrimeField.Words];
        Span<byte> bytes = stackalloc byte[PrimeField.Bytes];
        sum.Clear();
        for (int j = 0; j < _places.Length; j++)
        {
            PrimeField.Multiply(shares.Slice(j * PrimeField.Words, PrimeField.Words), Slot(_weights, j), term);
            PrimeField.Add(sum, term, sum);
        }
        PrimeField.Write(sum, bytes);
        bytes[2..].CopyTo(secret);
        bool fits = (bytes[0] | bytes[1]) == 0;
        PrimeField.Wipe(sum);
        PrimeField.Wipe(term);
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(bytes);
        return fits;
    }

    private static Span<ulong> Slot(ulong[] elements, int index) => elements.AsSpan(index * PrimeField.Words, PrimeField.Words);

    private static void One(Span<ulong> element)
    {
        element.Clear();
        element[0] = 1;
    }
}
