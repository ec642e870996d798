class Constants {
    static final String NAME = "value of the constant";
    static final int NUMBER = -7;
    static final long LONG = 1L << 40;
    static final double DOUBLE = 2.5;
    static final float FLOAT = 0.5f;
    String text = "text of a field";
}
