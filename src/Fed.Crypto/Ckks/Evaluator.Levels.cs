namespace Fed.Crypto.Ckks;

/// <content>Down the chain of primes: rescaling divides by the last one, modulus switching drops it.</content>
public sealed partial class Evaluator
{
    /// <summary>Divides by the level's last prime: message, error and scale alike, and one level down.</summary>
    /// <exception cref="CkksMismatchException">There is no next level, or the operand is of another context.</exception>
    public Ciphertext RescaleToNext(Ciphertext ciphertext)
    {
        ContextData level = context.RequireDataLevel(ciphertext.ParmsId), next = RequireNext(level);
        ulong[] words = GC.AllocateUninitializedArray<ulong>(2 * next.Ring.Words);
        for (int i = 0; i < Ciphertext.PolynomialCount; i++)
            level.DivideByLast(ciphertext.Data(i), words.AsSpan(i * next.Ring.Words, next.Ring.Words));
        Ciphertext rescaled = new(next, ciphertext.Scale / level.Ring.Moduli[^1].Value, words);
        RequireOpaque(rescaled);
        return rescaled;
    }

    /// <summary><see cref="RescaleToNext"/> in place.</summary>
    /// <inheritdoc cref="RescaleToNext" path="/exception"/>
    public void RescaleToNextInPlace(Ciphertext ciphertext)
    {
        Ciphertext rescaled = RescaleToNext(ciphertext);
        ciphertext.Become(rescaled.Level, rescaled.Scale, rescaled.Words);
    }

    /// <summary>Rescales until a level is reached.</summary>
    /// <exception cref="CkksMismatchException">The level is above the operand's, or of another context.</exception>
    public Ciphertext RescaleTo(Ciphertext ciphertext, ParmsId parmsId)
    {
        RequireBelow(ciphertext.ParmsId, parmsId);
        Ciphertext rescaled = ciphertext;
        while (rescaled.ParmsId != parmsId) rescaled = RescaleToNext(rescaled);
        return rescaled == ciphertext ? ciphertext.Clone() : rescaled;
    }

    /// <summary><see cref="RescaleTo"/> in place.</summary>
    /// <inheritdoc cref="RescaleTo" path="/exception"/>
    public void RescaleToInPlace(Ciphertext ciphertext, ParmsId parmsId)
    {
        Ciphertext rescaled = RescaleTo(ciphertext, parmsId);
        ciphertext.Become(rescaled.Level, rescaled.Scale, rescaled.Words);
    }

    /// <summary>Drops the level's last prime: the message and the scale stay.</summary>
    /// <exception cref="CkksMismatchException">There is no next level, the scale does not fit it, or the operand is of another context.</exception>
    public Ciphertext ModSwitchToNext(Ciphertext ciphertext)
    {
        ContextData next = RequireNext(context.RequireDataLevel(ciphertext.ParmsId));
        return ModSwitchTo(ciphertext, next.ParmsId);
    }

    /// <summary>Drops primes until a level is reached.</summary>
    /// <exception cref="CkksMismatchException">The level is above the operand's or of another context, or the scale does not fit it.</exception>
    public Ciphertext ModSwitchTo(Ciphertext ciphertext, ParmsId parmsId)
    {
        ContextData target = RequireBelow(ciphertext.ParmsId, parmsId);
        if (!target.Holds(ciphertext.Scale)) throw target.ScaleOutOfBounds(ciphertext.Scale);
        ulong[] words = GC.AllocateUninitializedArray<ulong>(2 * target.Ring.Words);
        for (int i = 0; i < Ciphertext.PolynomialCount; i++)
            ciphertext.Data(i)[..target.Ring.Words].CopyTo(words.AsSpan(i * target.Ring.Words));
        return new Ciphertext(target, ciphertext.Scale, words);
    }

    /// <summary><see cref="ModSwitchToNext(Ciphertext)"/> in place.</summary>
    /// <inheritdoc cref="ModSwitchToNext(Ciphertext)" path="/exception"/>
    public void ModSwitchToNextInPlace(Ciphertext ciphertext)
    {
        Ciphertext switched = ModSwitchToNext(ciphertext);
        ciphertext.Become(switched.Level, switched.Scale, switched.Words);
    }

    /// <summary><see cref="ModSwitchTo(Ciphertext, ParmsId)"/> in place.</summary>
    /// <inheritdoc cref="ModSwitchTo(Ciphertext, ParmsId)" path="/exception"/>
    public void ModSwitchToInPlace(Ciphertext ciphertext, ParmsId parmsId)
    {
        Ciphertext switched = ModSwitchTo(ciphertext, parmsId);
        ciphertext.Become(switched.Level, switched.Scale, switched.Words);
    }

    /// <inheritdoc cref="ModSwitchToNext(Ciphertext)"/>
    public Plaintext ModSwitchToNext(Plaintext plaintext)
    {
        ContextData next = RequireNext(context.RequireDataLevel(plaintext.ParmsId));
        return ModSwitchTo(plaintext, next.ParmsId);
    }

    /// <inheritdoc cref="ModSwitchTo(Ciphertext, ParmsId)"/>
    public Plaintext ModSwitchTo(Plaintext plaintext, ParmsId parmsId)
    {
        ContextData target = RequireBelow(plaintext.ParmsId, parmsId);
        if (!target.Holds(plaintext.Scale)) throw target.ScaleOutOfBounds(plaintext.Scale);
        return new Plaintext(target, plaintext.Scale, plaintext.Data[..target.Ring.Words].ToArray());
    }

    /// <summary><see cref="ModSwitchToNext(Plaintext)"/> in place.</summary>
    /// <inheritdoc cref="ModSwitchToNext(Ciphertext)" path="/exception"/>
    public void ModSwitchToNextInPlace(Plaintext plaintext)
    {
        Plaintext switched = ModSwitchToNext(plaintext);
        plaintext.Become(switched.Level, switched.Words);
    }

    /// <summary><see cref="ModSwitchTo(Plaintext, ParmsId)"/> in place.</summary>
    /// <inheritdoc cref="ModSwitchTo(Ciphertext, ParmsId)" path="/exception"/>
    public void ModSwitchToInPlace(Plaintext plaintext, ParmsId parmsId)
    {
        Plaintext switched = ModSwitchTo(plaintext, parmsId);
        plaintext.Become(switched.Level, switched.Words);
    }

    private static ContextData RequireNext(ContextData level) =>
        level.NextContextData ?? throw new CkksMismatchException($"level {level.ChainIndex} is the last one: no prime is left to divide by or to drop");

    private ContextData RequireBelow(ParmsId from, ParmsId to)
    {
        ContextData source = context.RequireDataLevel(from), target = context.RequireDataLevel(to);
        return target.ChainIndex <= source.ChainIndex
            ? target
            : throw new CkksMismatchException($"level {target.ChainIndex} lies above the operand's level {source.ChainIndex}; primes can only be dropped");
    }
}
