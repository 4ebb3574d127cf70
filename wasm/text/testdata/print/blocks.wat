(module
  (type (;0;) (func))
  (type (;1;) (func (param i32) (result i64 i64)))
  (type (;2;) (func (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (type (;3;) (struct))
  (func (;0;) (type 0)
    block ;; label = @1
      loop (result i32) ;; label = @2
        if (type 1) (param i32) (result i64 i64) ;; label = @3
          br 0 (;@3;)
          br 1 (;@2;)
          br 2 (;@1;)
          br 3 (;@0;)
          br 4
        else
          br 0 (;@3;)
        end
        if (type 99) ;; label = @3
        end
        if (type 2) ;; label = @3
        else
        end
      end
      block (result (ref null 3)) ;; label = @2
      end
    end
    try (result i32) ;; label = @1
      br 0 (;@1;)
    catch 1
      rethrow 0 (;@1;)
    catch 2
    catch_all
      br 0 (;@1;)
    end
    try ;; label = @1
    end
    block ;; label = @1
      try ;; label = @2
        nop
      delegate 0 (;@1;)
      try_table (type 1) (param i32) (result i64 i64) (catch 1 0 (;@1;)) (catch_ref 0 1 (;@0;)) (catch_all 0 (;@1;)) (catch_all_ref 7) ;; label = @2
        br 0 (;@2;)
      end
      try_table ;; label = @2
      end
    end
  )
  (func (;1;) (type 1) (param i32) (result i64 i64)
    (local i32 i32 i64 funcref)
    block ;; label = @1
      block ;; label = @2
        block ;; label = @3
          block ;; label = @4
            block ;; label = @5
              block ;; label = @6
                block ;; label = @7
                  block ;; label = @8
                    block ;; label = @9
                      block ;; label = @10
                        block ;; label = @11
                          block ;; label = @12
                            block ;; label = @13
                              block ;; label = @14
                                block ;; label = @15
                                  block ;; label = @16
                                    block ;; label = @17
                                      block ;; label = @18
                                        block ;; label = @19
                                          block ;; label = @20
                                            block ;; label = @21
                                              block ;; label = @22
                                                block ;; label = @23
                                                  block ;; label = @24
                                                    block ;; label = @25
                                                      block ;; label = @26
                                                        block ;; label = @27
                                                          block ;; label = @28
                                                            block ;; label = @29
                                                              block ;; label = @30
                                                                block ;; label = @31
                                                                  block ;; label = @32
                                                                    block ;; label = @33
                                                                      block ;; label = @34
                                                                        block ;; label = @35
                                                                          block ;; label = @36
                                                                            block ;; label = @37
                                                                              block ;; label = @38
                                                                                block ;; label = @39
                                                                                  block ;; label = @40
                                                                                    block ;; label = @41
                                                                                      block ;; label = @42
                                                                                        block ;; label = @43
                                                                                          block ;; label = @44
                                                                                            block ;; label = @45
                                                                                              block ;; label = @46
                                                                                                block ;; label = @47
                                                                                                  block ;; label = @48
                                                                                                    block ;; label = @49
                                                                                                    block ;; label = @50
                                                                                                    block ;; label = @51
                                                                                                    block ;; label = @52
                                                                                                    block ;; label = @53
                                                                                                    block ;; label = @54
                                                                                                    block ;; label = @55
                                                                                                    block ;; label = @56
                                                                                                    block ;; label = @57
                                                                                                    block ;; label = @58
                                                                                                    block ;; label = @59
                                                                                                    block ;; label = @60
                                                                                                    end
                                                                                                    end
                                                                                                    end
                                                                                                    end
                                                                                                    end
                                                                                                    end
                                                                                                    end
                                                                                                    end
                                                                                                    end
                                                                                                    end
                                                                                                    end
                                                                                                    end
                                                                                                  end
                                                                                                end
                                                                                              end
                                                                                            end
                                                                                          end
                                                                                        end
                                                                                      end
                                                                                    end
                                                                                  end
                                                                                end
                                                                              end
                                                                            end
                                                                          end
                                                                        end
                                                                      end
                                                                    end
                                                                  end
                                                                end
                                                              end
                                                            end
                                                          end
                                                        end
                                                      end
                                                    end
                                                  end
                                                end
                                              end
                                            end
                                          end
                                        end
                                      end
                                    end
                                  end
                                end
                              end
                            end
                          end
                        end
                      end
                    end
                  end
                end
              end
            end
          end
        end
      end
    end
  )
)
