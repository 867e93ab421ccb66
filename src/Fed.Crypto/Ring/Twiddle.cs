namespace Fed.Crypto.Ring;

/// <summary>Roots for the lanes of a vector, and for integer arithmetic their quotients.</summary>
internal readonly struct Twiddle<TVector>(TVector root, TVector quotient) where TVector : struct
{
    public readonly TVector Root = root, Quotient = quotient;
}
